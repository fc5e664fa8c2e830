// Axes of charts: round numbers along them, and the way from a value to its place.
import { element, label } from './svg.js'

/** Round numbers from `low` to `high`, about `count` of them, both ends inside. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = Math.max(high - low, Number.EPSILON)
  const power = 10 ** Math.floor(Math.log10(span / count))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= count) ?? 10 * power
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** Lowest and highest of some values; [0, 1] of none. Equal ones are given room on both sides. */
export function extent(values: readonly number[]): readonly [number, number] {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return [0, 1]
  const low = finite.reduce((least, value) => Math.min(least, value))
  const high = finite.reduce((most, value) => Math.max(most, value))
  if (low < high) return [low, high]
  const room = Math.abs(low) * 0.1 || 1
  return [low - room, high + room]
}

/** From a value to its place. */
export type Scale = (value: number) => number

/** Values from `low` to `high` along pixels; `from` may be the larger. */
export function linearScale(low: number, high: number, from: number, to: number): Scale {
  return (value) => from + ((to - from) * (value - low)) / (high - low)
}

/** The room of a chart inside its frame, in pixels. */
export interface PlotBox {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Grid lines with their numbers on the left. */
export function verticalAxis(box: PlotBox, values: readonly number[], y: Scale): string[] {
  return values.flatMap((value) => [
    element('line', { x1: box.left, x2: box.right, y1: y(value), y2: y(value), stroke: '#ddd' }),
    label(box.left - 8, y(value) + 4, String(value), { 'text-anchor': 'end' }),
  ])
}

/** Small marks with their numbers or names below. */
export function horizontalAxis(box: PlotBox, values: readonly (readonly [place: number, text: string])[]): string[] {
  return values.flatMap(([x, text]) => [
    element('line', { x1: x, x2: x, y1: box.bottom, y2: box.bottom + 5, stroke: '#333' }),
    label(x, box.bottom + 18, text, { 'text-anchor': 'middle' }),
  ])
}

/** The two lines of the axes, and what they are of. */
export function axisNames(box: PlotBox, across: string, up: string): string[] {
  const middle = (box.top + box.bottom) / 2
  return [
    element('path', { d: `M${box.left} ${box.top}V${box.bottom}H${box.right}`, fill: 'none', stroke: '#333' }),
    label((box.left + box.right) / 2, box.bottom + 38, across, { 'text-anchor': 'middle' }),
    label(16, middle, up, { 'text-anchor': 'middle', transform: `rotate(-90 16 ${middle})` }),
  ]
}
