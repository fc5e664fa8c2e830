// What charts are written with: text that is safe inside SVG and HTML, elements, and the frame that all charts share. A chart
// is one string without scripts, fonts or files of its own, so that it may stand in a page or be a file.

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it may stand in SVG and HTML, in attributes too. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}

type Attributes = Readonly<Record<string, string | number>>

const attribute = (value: string | number) =>
  typeof value === 'number' ? String(Number(value.toFixed(2))) : escapeMarkup(value)

/** An element with attributes (numbers in pixels, two digits) and what is in it, as markup. */
export function element(name: string, attributes: Attributes, inner = ''): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(value)}"`)
  return inner === '' ? `<${name}${list.join('')}/>` : `<${name}${list.join('')}>${inner}</${name}>`
}

/** Text at a place. */
export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeMarkup(text))
}

/** Colours that are told apart by eyes that do not see all of them (Okabe and Ito). */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a7a00', '#444444'] as const

/** The colour of a series by its number. */
export const colourOf = (index: number): string => COLOURS[index % COLOURS.length]!

/** A chart around its parts. */
export function svgDocument(title: string, width: number, height: number, parts: readonly string[]): string {
  const attributes = {
    ...{ xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img' },
    ...{ 'font-family': 'sans-serif', 'font-size': 12, fill: '#333' },
  }
  const body = [
    element('title', {}, escapeMarkup(title)),
    element('rect', { width, height, fill: '#fff' }),
    label(width / 2, 24, title, { 'text-anchor': 'middle', 'font-size': 15 }),
    ...parts,
  ]
  return `${element('svg', attributes, `\n${body.join('\n')}\n`)}\n`
}
