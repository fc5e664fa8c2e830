// Values with their intervals, one a row: ratings with what they may as well be, or plain bars where there is no interval.
import { extent, linearScale, ticks } from './axis.js'
import { colourOf, element, label, svgDocument } from './svg.js'

/** A row. */
export interface IntervalRow {
  readonly name: string
  readonly value: number
  readonly low?: number | undefined
  readonly high?: number | undefined
}

/** What the chart shows. */
export interface IntervalChart {
  readonly title: string
  readonly across: string
  readonly rows: readonly IntervalRow[]
  /** Bars from 0 instead of dots. @default false */
  readonly bars?: boolean
  /** Pixels. @default 640 */
  readonly width?: number
}

const ROW = 26

/** Draws the rows, from above. */
export function intervalChart({ title, across, rows, bars = false, width = 640 }: IntervalChart): string {
  const longest = rows.reduce((most, { name }) => Math.max(most, name.length), 0)
  const left = Math.min(width / 2, 24 + longest * 6.8)
  const box = { left, right: width - 56, top: 40, bottom: 48 + ROW * rows.length }
  const values = rows.flatMap(({ value, low = value, high = value }) => [value, low, high])
  const [least, most] = extent(bars ? [0, ...values] : values)
  const room = bars ? 0 : (most - least) * 0.05
  const x = linearScale(least - room, most + room, box.left, box.right)
  return svgDocument(title, width, box.bottom + 48, [
    ...ticks(least - room, most + room, 6).flatMap((value) => [
      element('line', { x1: x(value), x2: x(value), y1: box.top, y2: box.bottom, stroke: '#ddd' }),
      label(x(value), box.bottom + 18, String(value), { 'text-anchor': 'middle' }),
    ]),
    label((box.left + box.right) / 2, box.bottom + 38, across, { 'text-anchor': 'middle' }),
    ...rows.flatMap((row, i) => {
      const y = box.top + ROW * (i + 0.5)
      const { value, low, high } = row
      const name = label(box.left - 10, y + 4, row.name, { 'text-anchor': 'end' })
      const drawn = bars
        ? element('rect', { x: x(0), y: y - 8, width: Math.max(0, x(value) - x(0)), height: 16, fill: colourOf(0) })
        : element('circle', { cx: x(value), cy: y, r: 4.5, fill: colourOf(0) })
      const whisker =
        low === undefined || high === undefined
          ? ''
          : element('path', {
              d: `M${x(low)} ${y - 5}V${y + 5}M${x(low)} ${y}H${x(high)}M${x(high)} ${y - 5}V${y + 5}`,
              ...{ stroke: bars ? '#333' : colourOf(0), 'stroke-width': 1.5, fill: 'none' },
            })
      return [name, whisker, drawn, label(x(high ?? value) + 8, y + 4, short(value))].filter((part) => part !== '')
    }),
  ])
}

const short = (value: number) => String(Number(value.toPrecision(4)))
