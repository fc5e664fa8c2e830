// How often values fall into bins: bars side by side, the numbers at their edges.
import { axisNames, horizontalAxis, linearScale, type PlotBox, ticks, verticalAxis } from './axis.js'
import { colourOf, element, label, svgDocument } from './svg.js'

/** Values from `from` up to, but not including, `to`. */
export interface HistogramBin {
  readonly from: number
  readonly to: number
  readonly count: number
}

/** What the chart shows. */
export interface HistogramChart {
  readonly title: string
  readonly across: string
  readonly up: string
  readonly bins: readonly HistogramBin[]
  /** Said in a corner: the mean, what lies beyond. */
  readonly note?: string
}

const WIDTH = 640
const HEIGHT = 280
/** Numbers below at most. */
const MOST_EDGES = 8

/** Draws the bins at equal widths; the last may be wider than it looks, and says so by its number. */
export function histogramChart({ title, across, up, bins, note }: HistogramChart): string {
  const box: PlotBox = { left: 72, right: WIDTH - 20, top: 40, bottom: HEIGHT - 52 }
  const most = bins.reduce((high, { count }) => Math.max(high, count), 1)
  const y = linearScale(0, most, box.bottom, box.top)
  const width = (box.right - box.left) / Math.max(1, bins.length)
  const each = Math.ceil(bins.length / MOST_EDGES)
  const single = bins.every(({ from, to }) => to - from === 1)
  const edges = bins.flatMap(({ from }, i) =>
    i % each === 0 ? [[box.left + width * (single ? i + 0.5 : i), String(from)] as const] : [],
  )
  return svgDocument(title, WIDTH, HEIGHT, [
    ...verticalAxis(box, ticks(0, most, 4), y),
    ...bins.map(({ from, to, count }, i) =>
      element(
        'rect',
        {
          ...{ x: box.left + i * width + 0.5, y: y(count), width: Math.max(0.5, width - 1) },
          ...{ height: box.bottom - y(count), fill: colourOf(0) },
        },
        element('title', {}, `${from} to ${to - 1}: ${count}`),
      ),
    ),
    ...horizontalAxis(box, edges),
    ...axisNames(box, across, up),
    ...(note === undefined ? [] : [label(box.right, box.top - 6, note, { 'text-anchor': 'end' })]),
  ])
}
