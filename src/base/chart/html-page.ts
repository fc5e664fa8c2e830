// A report as one HTML file that needs nothing else: texts, tables and charts, readable in the dark and on paper. What is wider
// than the screen scrolls by itself, by keyboard too.
import { type Cell, isNumeric, type Report, type ReportSection, shownNumber } from './report.js'
import { escapeMarkup } from './svg.js'

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
figure{margin:1rem 0}.wide{overflow-x:auto}table{border-collapse:collapse;margin:.5rem 0}
th,td{padding:.25rem .7rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}th,td{border-color:#444}}`

/** Makes the page. */
export function htmlPage({ title, sections }: Report): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeMarkup(title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${escapeMarkup(title)}</h1>`,
    ...sections.map(rendered),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function rendered(section: ReportSection): string {
  switch (section.kind) {
    case 'heading':
      return `<h2>${escapeMarkup(section.text)}</h2>`
    case 'text':
      return `<p>${escapeMarkup(section.text)}</p>`
    case 'list': {
      const items = section.items.map((item) => `<li>${escapeMarkup(item)}</li>`)
      return `<p>${escapeMarkup(section.text)}</p><ul>${items.join('')}</ul>`
    }
    case 'chart':
      return `<figure class="wide" tabindex="0">${section.svg}</figure>`
    case 'table': {
      const head = section.head.map(headCell).join('')
      const rows = section.rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`)
      return `<div class="wide" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`
    }
    default:
      return section satisfies never
  }
}

/** A corner without a word heads nothing. */
const headCell = (name: string) => (name === '' ? '<td></td>' : `<th scope="col">${escapeMarkup(name)}</th>`)

const cell = (value: Cell) => {
  const text = typeof value === 'number' ? shownNumber(value) : escapeMarkup(value ?? '')
  return isNumeric(value) ? `<td class="n">${text}</td>` : `<td>${text}</td>`
}
