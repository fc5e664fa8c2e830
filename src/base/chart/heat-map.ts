// A table of shares, each cell coloured by its value: who wins against whom how often.
import { element, label, svgDocument } from './svg.js'

/** What the map shows. */
export interface HeatMap {
  readonly title: string
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** Share from 0 to 1 of each row and column; null = nothing is known. */
  readonly cells: readonly (readonly (number | null)[])[]
}

const CELL = { width: 76, height: 32 }

/** Draws the map. */
export function heatMap({ title, rows, columns, cells }: HeatMap): string {
  const longest = rows.reduce((most, name) => Math.max(most, name.length), 0)
  const left = 24 + longest * 6.8
  const top = 72
  const width = Math.max(left + columns.length * CELL.width + 16, 40 + title.length * 8)
  return svgDocument(title, width, top + rows.length * CELL.height + 16, [
    ...columns.map((name, j) => label(left + (j + 0.5) * CELL.width, top - 10, cut(name), { 'text-anchor': 'middle' })),
    ...rows.flatMap((name, i) => [
      label(left - 10, top + (i + 0.5) * CELL.height + 4, name, { 'text-anchor': 'end' }),
      ...cells[i]!.flatMap((share, j) => cell(left + j * CELL.width, top + i * CELL.height, share)),
    ]),
  ])
}

const cut = (name: string) => (name.length > 11 ? `${name.slice(0, 10)}…` : name)

function cell(x: number, y: number, share: number | null): string[] {
  const place = { x: x + 1, y: y + 1, width: CELL.width - 2, height: CELL.height - 2 }
  if (share === null) return [element('rect', { ...place, fill: '#f4f4f4' })]
  return [
    element('rect', { ...place, fill: colour(share) }),
    label(x + CELL.width / 2, y + CELL.height / 2 + 4, `${(100 * share).toFixed(0)}%`, { 'text-anchor': 'middle' }),
  ]
}

/** From orange (never) over white (half) to blue (always). */
function colour(share: number): string {
  const end = share < 0.5 ? [230, 159, 0] : [86, 180, 233]
  const weight = Math.abs(share - 0.5) * 2
  return `rgb(${end.map((part) => Math.round(255 + (part - 255) * weight)).join(',')})`
}
