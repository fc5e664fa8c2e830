// Lines over a number (shots, steps): one for each series, with whiskers where a point knows its spread.
import {
  axisNames,
  extent,
  horizontalAxis,
  linearScale,
  type PlotBox,
  type Scale,
  ticks,
  verticalAxis,
} from './axis.js'
import { colourOf, element, label, svgDocument } from './svg.js'

/** A point of a line. */
export interface ChartPoint {
  readonly x: number
  readonly y: number
  /** How far the value spreads to both sides. */
  readonly spread?: number | undefined
}

/** A line. */
export interface ChartSeries {
  readonly name: string
  readonly points: readonly ChartPoint[]
  /** Broken, for what is only compared with. @default false */
  readonly dashed?: boolean
}

/** What a line chart shows. */
export interface LineChart {
  readonly title: string
  readonly across: string
  readonly up: string
  readonly series: readonly ChartSeries[]
  /** Pixels. @default 640 by 360 */
  readonly width?: number
  readonly height?: number
}

/** Draws lines; points that are not finite are left out. */
export function lineChart({ title, across, up, series, width = 640, height = 360 }: LineChart): string {
  const shown = series.map((line) => ({
    ...line,
    points: line.points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)),
  }))
  const points = shown.flatMap((line) => line.points)
  const box = { left: 64, right: width - 20, top: 44 + 16 * shown.length, bottom: height - 52 }
  const [lowX, highX] = extent(points.map(({ x }) => x))
  const [lowY, highY] = extent(points.flatMap(({ y, spread = 0 }) => [y - spread, y + spread]))
  const room = (highY - lowY) * 0.06
  const x = linearScale(lowX, highX, box.left + 14, box.right - 14)
  const y = linearScale(lowY - room, highY + room, box.bottom, box.top)
  const places = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b)
  const below = places.length <= 10 ? places : ticks(lowX, highX, 8)
  return svgDocument(title, width, height, [
    ...verticalAxis(box, ticks(lowY - room, highY + room, 6), y),
    ...horizontalAxis(
      box,
      below.map((value) => [x(value), String(value)]),
    ),
    ...axisNames(box, across, up),
    ...shown.flatMap((line, i) => [...drawLine(line, colourOf(i), x, y), ...legend(line, i, box)]),
  ])
}

function drawLine({ points, dashed = false }: ChartSeries, colour: string, x: Scale, y: Scale): string[] {
  const line = points.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join(' ')
  const stroke = { stroke: colour, 'stroke-width': 2, ...(dashed && { 'stroke-dasharray': '5 4' }) }
  return [
    element('polyline', { points: line, fill: 'none', ...stroke }),
    ...points.flatMap((point) => {
      const at = x(point.x)
      const spread = point.spread ?? 0
      const dot = element('circle', { cx: at, cy: y(point.y), r: 3.5, fill: colour })
      if (spread === 0) return [dot]
      const [top, bottom] = [y(point.y + spread), y(point.y - spread)]
      const whisker = `M${at - 4} ${top}H${at + 4}M${at} ${top}V${bottom}M${at - 4} ${bottom}H${at + 4}`
      return [element('path', { d: whisker, stroke: colour, fill: 'none' }), dot]
    }),
  ]
}

function legend({ name, dashed = false }: ChartSeries, index: number, box: PlotBox): string[] {
  const y = 44 + 16 * index
  const colour = colourOf(index)
  const stroke = { stroke: colour, 'stroke-width': 2, ...(dashed && { 'stroke-dasharray': '5 4' }) }
  return [
    element('line', { x1: box.left + 8, x2: box.left + 32, y1: y - 4, y2: y - 4, ...stroke }),
    label(box.left + 40, y, name),
  ]
}
