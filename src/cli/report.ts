// Reports of evaluations on the command line: tables for people, JSON, and a page with charts.
import { rename, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { htmlPage } from '../base/chart/html-page.js'
import type { Report } from '../base/chart/report.js'
import { asIoError } from '../io/directory.js'
import { reportText } from './report-text.js'
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
  else print(reportText(report, process.stdout.columns))
}

/** Takes the place of a file in one step, so that a kill leaves the old one or the new one. */
export async function writeWhole(path: string, text: string): Promise<void> {
  try {
    await writeFile(`${path}.partial`, text)
    await rename(`${path}.partial`, path)
  } catch (error) {
    throw asIoError(error, path)
  }
}
