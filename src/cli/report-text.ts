// A report for a terminal: no line is wider than that, so that columns stay columns. Texts come from models and from files
// of others: what would move the cursor or clear the screen is shown as a blank.
import { type Cell, isNumeric, type Report, shownNumber } from '../base/chart/report.js'

/** Columns are not made narrower than that; a table that then does not fit is told row by row. */
const LEAST_WIDTH = 12

/**
 * A report as text; charts are for pages.
 * @param columns of the terminal; without it lines are as long as they are
 */
export function reportText({ sections }: Report, columns = Number.POSITIVE_INFINITY): string {
  const parts = sections.flatMap((section): string[] => {
    switch (section.kind) {
      case 'heading':
        return ['', ...wrapped(section.text, columns)]
      case 'text':
        return wrapped(plain(section.text), columns)
      case 'list':
        return [section.text, ...section.items.flatMap((item) => indented(wrapped(plain(item), columns - 4), '    '))]
      case 'table':
        return [tableText(section.head, section.rows, columns)]
      case 'chart':
        return []
      default:
        return section satisfies never
    }
  })
  return parts.join('\n').replace(/^\n/, '')
}

/** A table whose numbers are flush right. */
function tableText(head: readonly string[], rows: readonly (readonly Cell[])[], columns: number): string {
  const shown = rows.map((row) => row.map((cell) => plain(typeof cell === 'number' ? shownNumber(cell) : (cell ?? ''))))
  const isNumber = head.map((_, i) => rows.length > 0 && rows.every((row) => row[i] === null || isNumeric(row[i]!)))
  const widths = fitted(
    head.map((name, i) => shown.reduce((most, row) => Math.max(most, row[i]!.length), name.length)),
    columns,
  )
  if (widths === undefined) return shown.map((row) => rowAsList(head, row, columns)).join('\n\n')
  const lines = (cells: readonly string[]): string[] => {
    const pieces = cells.map((cell, i) => wrapped(cell, widths[i]!))
    const height = Math.max(...pieces.map(({ length }) => length))
    return Array.from({ length: height }, (_, at) =>
      pieces
        .map((piece, i) => {
          const text = piece[at] ?? ''
          return isNumber[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)
        })
        .join('  ')
        .trimEnd(),
    )
  }
  return [head, ...shown].flatMap((cells) => indented(lines(cells), '  ')).join('\n')
}

/** Widths that fit, the widest columns made narrower; undefined if they cannot. */
function fitted(widths: readonly number[], columns: number): readonly number[] | undefined {
  const narrower = [...widths]
  for (let over = 2 * widths.length + widths.reduce((sum, width) => sum + width, 0) - columns; over > 0; ) {
    const [widest = 0, next = 0] = [...narrower].sort((a, b) => b - a)
    if (widest <= LEAST_WIDTH) return undefined
    const cut = Math.min(over, Math.max(1, widest - Math.max(next, LEAST_WIDTH)))
    narrower[narrower.indexOf(widest)] = widest - cut
    over -= cut
  }
  return narrower
}

function rowAsList(head: readonly string[], row: readonly string[], columns: number): string {
  return head.flatMap((name, i) => indented(wrapped(`${name || 'of'}: ${row[i]}`, columns - 2), '  ')).join('\n')
}

const indented = (lines: readonly string[], by: string) => lines.map((line) => `${by}${line}`)

/** A text in lines of at most so many characters, broken at blanks where there are any. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width)
    const end = blank > 0 ? blank : Math.max(1, width)
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...lines, rest]
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g

const plain = (text: string) => text.replace(CONTROLS, ' ')
