// The JSON values of a reply, likeliest first: all of it, what stands in fences, what stands in prose, all of them
// as a list (a value a line) and each alone; and, from one that was cut off, its whole elements.
import { closersOf, type ScannedJson, scanJson } from './scan-json.js'

/** How a value stood in the reply. */
export type JsonPlace = 'whole' | 'inside' | 'cut'

/** A value and how it stood there. */
export interface FoundJson {
  readonly value: unknown
  readonly place: JsonPlace
}

/** How often a text is gone through in search of a bracket that begins JSON: prose has some that do not. */
const MOST_PASSES = 4
/** Places at which a cut one is closed. */
const MOST_CUTS = 16

/** Finds values as they are asked for. */
export function* jsonValues(reply: string): Generator<FoundJson> {
  const text = reply.trim()
  const whole = parsed(text)
  if (whole !== undefined) yield { value: whole.value, place: 'whole' }
  const values: unknown[] = []
  let cut: ScannedJson | undefined
  let left = MOST_PASSES * text.length
  for (let at = nextOpener(text, 0); at >= 0 && left > 0; ) {
    const scanned = scanJson(text, at)
    left -= scanned.end - at
    const found = scanned.complete ? parsed(scanned.json) : undefined
    if (found !== undefined) values.push(found.value)
    else if (scanned.cuts.length > 0) cut ??= scanned
    // A bracket of prose that never closes hides nothing that stands behind it.
    at = nextOpener(text, found === undefined ? at + 1 : scanned.end)
  }
  // Values inside one that was cut off are parts of it, so it comes first.
  if (cut !== undefined) yield* wholeElements(cut)
  if (whole !== undefined) return
  if (values.length > 1) yield { value: values, place: 'inside' }
  for (const value of values) yield { value, place: 'inside' }
}

/** What a value that was cut off holds if it had ended behind one of its last elements. */
function* wholeElements({ json, cuts }: ScannedJson): Generator<FoundJson> {
  for (const cut of cuts.slice(-MOST_CUTS).reverse()) {
    const found = parsed(json.slice(0, cut.length) + closersOf(cut))
    if (found !== undefined) yield { value: found.value, place: 'cut' }
  }
}

function nextOpener(text: string, from: number): number {
  const rest = text.slice(from).search(/[{[]/)
  return rest < 0 ? -1 : from + rest
}

/** A wrapper, since null is JSON too. */
function parsed(json: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(json) as unknown }
  } catch {
    return undefined
  }
}
