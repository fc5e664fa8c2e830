// Reports of evaluations on the command line: tables for people, JSON, and a page with charts.
import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { htmlPage } from '../base/chart/html-page.js'
import { type Cell, isNumeric, type Report, shownNumber } from '../base/chart/report.js'
import { asIoError } from '../io/directory.js'
import { print, printJson } from './table.js'

/** How a report is wanted. */
export interface ReportFlags {
  readonly json?: true
  readonly html?: string
}

/** Adds the options of a report. */
export function reportOptions(command: Command): Command {
  return command
    .option('--json', 'print everything as JSON')
    .option('--html <file>', 'write a page with tables and charts, which needs no other file')
}

/** Prints a report, as JSON if that is asked for, and writes the page. */
export async function giveReport(flags: ReportFlags, result: unknown, report: Report): Promise<void> {
  if (flags.html !== undefined) {
    const page = flags.html
    await writeFile(page, htmlPage(report)).catch((error) => {
      throw asIoError(error, page)
    })
  }
  if (flags.json) printJson(result)
  else print(reportText(report))
}

/** A report for a terminal; charts are for pages. */
export function reportText({ sections }: Report): string {
  const parts = sections.flatMap((section): string[] => {
    switch (section.kind) {
      case 'heading':
        return [`\n${section.text}`]
      case 'text':
        return [section.text]
      case 'table':
        return [tableText(section.head, section.rows)]
      case 'chart':
        return []
      default:
        return section satisfies never
    }
  })
  return parts.join('\n').replace(/^\n/, '')
}

/** A table whose numbers are flush right. */
function tableText(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const shown = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? shownNumber(cell) : (cell ?? ''))))
  const widths = head.map((name, i) => shown.reduce((most, row) => Math.max(most, row[i]!.length), name.length))
  const isNumber = head.map((_, i) => rows.length > 0 && rows.every((row) => row[i] === null || isNumeric(row[i]!)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(head), ...shown.map(line)].map((text) => `  ${text}`).join('\n')
}
