// How often each of some whole numbers came up, as bars: counts of words, of pictures.
import { axisNames, horizontalAxis, linearScale, ticks, verticalAxis } from './axis.js'
import { colourOf, element, label, svgDocument } from './svg.js'

/** What a histogram shows. */
export interface HistogramChart {
  readonly title: string
  readonly across: string
  readonly up: string
  /** Bars from the left: the first number of each, and how often it or one up to the next bar came up. */
  readonly bars: readonly { readonly from: number; readonly count: number }[]
  /** Said in a corner: the mean, what lies beyond. */
  readonly note?: string
  /** Pixels. @default 640 by 320 */
  readonly width?: number
  readonly height?: number
}

/** Draws the bars. */
export function histogramChart({ title, across, up, bars, note, width = 640, height = 320 }: HistogramChart): string {
  const box = { left: 76, right: width - 20, top: 44, bottom: height - 52 }
  const most = bars.reduce((top, { count }) => Math.max(top, count), 1)
  const y = linearScale(0, most * 1.05, box.bottom, box.top)
  const each = (box.right - box.left) / Math.max(1, bars.length)
  // As many names below as have room.
  const every = Math.max(1, Math.ceil(36 / each))
  return svgDocument(title, width, height, [
    ...verticalAxis(box, ticks(0, most, 5), y),
    ...horizontalAxis(
      box,
      bars.flatMap(({ from }, n) => (n % every === 0 ? [[box.left + (n + 0.5) * each, String(from)] as const] : [])),
    ),
    ...bars.map(({ count }, n) =>
      element('rect', {
        ...{ x: box.left + n * each + each * 0.06, y: y(count), width: each * 0.88, height: box.bottom - y(count) },
        fill: colourOf(0),
      }),
    ),
    ...axisNames(box, across, up),
    ...(note === undefined ? [] : [label(box.right, box.top - 6, note, { 'text-anchor': 'end' })]),
  ])
}
