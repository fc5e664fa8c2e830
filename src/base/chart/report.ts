// A report as its parts, whatever it is shown on: a terminal prints headings, texts and tables; a page has the charts too.

/** A cell: a text, or a number that is shown with a few digits. */
export type Cell = string | number | null

/** A part of a report. */
export type ReportSection =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly Cell[])[] }
  /** Things that are told one below the other, with what they are. */
  | { readonly kind: 'list'; readonly text: string; readonly items: readonly string[] }
  /** SVG as a chart gives it; taken as it is. */
  | { readonly kind: 'chart'; readonly svg: string }

/** A report. */
export interface Report {
  readonly title: string
  readonly sections: readonly ReportSection[]
}

/** A number with at most four digits behind the point; one that these would make 0 with its power of ten. */
export const shownNumber = (value: number): string => {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value)
  return Math.abs(value) < 0.00005 ? value.toExponential(1) : value.toFixed(4)
}

/** Whether a cell stands flush right: a number, or a text that is one. */
export const isNumeric = (cell: Cell): boolean => typeof cell === 'number' || /^-?\d+(?:\.\d+)?$/.test(cell ?? '')
