// Parts of parts as two rings: what comes first inside, what follows it outside, each as wide as it is frequent.
import { colourOf, element, escapeMarkup, svgDocument } from './svg.js'

/** A part of the inner ring, with its own parts. */
export interface SunburstPart {
  readonly name: string
  readonly count: number
  readonly parts: readonly { readonly name: string; readonly count: number }[]
}

/** What is shown. */
export interface SunburstChart {
  readonly title: string
  readonly parts: readonly SunburstPart[]
  /** Pixels of a side. @default 640 */
  readonly size?: number
}

const RINGS = [0.16, 0.55, 0.98] as const
/** A name needs so much of the ring's circumference, in pixels. */
const LEAST_ROOM = 11

/** Draws both rings; a part is as wide as its own parts together. */
export function sunburstChart({ title, parts, size = 640 }: SunburstChart): string {
  const radius = size / 2 - 24
  const centre = [size / 2, size / 2 + 20] as const
  const shown = parts.filter((part) => part.parts.some(({ count }) => count > 0))
  const weightOf = (part: SunburstPart) => part.parts.reduce((sum, { count }) => sum + count, 0)
  const all = shown.reduce((sum, part) => sum + weightOf(part), 0)
  const drawn: string[] = []
  let at = 0
  for (const [n, part] of shown.entries()) {
    const colour = colourOf(n)
    const span = weightOf(part) / all
    drawn.push(...slice(centre, radius, [RINGS[0], RINGS[1]], [at, at + span], colour, 0.9, part.name, part.count))
    let inside = at
    for (const { name, count } of part.parts) {
      const width = count / all
      drawn.push(...slice(centre, radius, [RINGS[1], RINGS[2]], [inside, inside + width], colour, 0.5, name, count))
      inside += width
    }
    at += span
  }
  return svgDocument(title, size, size + 20, drawn)
}

type Range = readonly [from: number, to: number]

function slice(
  [cx, cy]: Range,
  radius: number,
  [inner, outer]: Range,
  [from, to]: Range,
  fill: string,
  opacity: number,
  name: string,
  count: number,
): string[] {
  // A whole ring as one arc would begin where it ends, and be nothing.
  const end = Math.min(to, from + 0.99999)
  const point = (share: number, turn: number) => {
    const angle = 2 * Math.PI * turn - Math.PI / 2
    return `${(cx + radius * share * Math.cos(angle)).toFixed(2)} ${(cy + radius * share * Math.sin(angle)).toFixed(2)}`
  }
  const large = end - from > 0.5 ? 1 : 0
  const [r1, r2] = [radius * inner, radius * outer].map((r) => r.toFixed(2))
  const d = `M${point(inner, from)}L${point(outer, from)}A${r2} ${r2} 0 ${large} 1 ${point(outer, end)}L${point(inner, end)}A${r1} ${r1} 0 ${large} 0 ${point(inner, from)}Z`
  const hint = element('title', {}, escapeMarkup(`${name}: ${count}`))
  const path = element('path', { d, fill, 'fill-opacity': opacity, stroke: '#fff' }, hint)
  const middle = (from + end) / 2
  if ((end - from) * 2 * Math.PI * radius * ((inner + outer) / 2) < LEAST_ROOM) return [path]
  const turn = middle * 360 - 90
  const isLeft = middle > 0.5
  const place = radius * ((inner + outer) / 2)
  const text = element(
    'text',
    {
      ...{ 'text-anchor': 'middle', 'font-size': 11, fill: '#111' },
      transform: `translate(${cx} ${cy}) rotate(${turn.toFixed(2)}) translate(${place.toFixed(2)} ${isLeft ? -4 : 4})${isLeft ? ' rotate(180)' : ''}`,
    },
    escapeMarkup(name.length > 14 ? `${name.slice(0, 13)}…` : name),
  )
  return [path, text]
}
