// JSON inside other text, read to where it ends or is cut off. Two slips of language models are mended, because there is
// only one thing that they can mean: line breaks inside strings, and commas before a closing bracket. Nothing else is
// guessed at.

/** What closes the brackets that are open, from the innermost on. */
interface Open {
  readonly closer: string
  readonly outer: Open | undefined
}

/** A place behind a whole element, and what is open there. */
export interface Cut {
  /** Characters of `json` up to there. */
  readonly length: number
  readonly open: Open
}

/** The closing brackets that are missing at a cut. */
export function closersOf({ open }: Cut): string {
  let closers = ''
  for (let at: Open | undefined = open; at !== undefined; at = at.outer) closers += at.closer
  return closers
}

/** What was found from one opening bracket on. */
export interface ScannedJson {
  /** Valid JSON if it is complete and sound; control characters are escaped and dangling commas are gone. */
  readonly json: string
  /** Behind its last character in the text. */
  readonly end: number
  /** Every bracket was closed. */
  readonly complete: boolean
  /** Places where objects and arrays inside it end, in their order; only of one that is not complete. */
  readonly cuts: readonly Cut[]
}

const CLOSER = { '{': '}', '[': ']' } as const
const isOpener = (character: string): character is keyof typeof CLOSER => character === '{' || character === '['

/**
 * Reads from an opening bracket.
 * @param start of `{` or `[` in the text
 */
export function scanJson(text: string, start: number): ScannedJson {
  const parts: string[] = []
  let length = 0
  const put = (part: string) => {
    parts.push(part)
    length += part.length
  }
  let open: Open | undefined
  const cuts: Cut[] = []
  let at = start
  for (; at < text.length; at++) {
    const character = text[at]!
    if (character === '"') {
      const [string, end] = scanString(text, at)
      put(string)
      at = end - 1
    } else if (isOpener(character)) {
      open = { closer: CLOSER[character], outer: open }
      put(character)
    } else if (character === '}' || character === ']') {
      if (open?.closer !== character) break
      open = open.outer
      put(character)
      if (open === undefined) return { json: parts.join(''), end: at + 1, complete: true, cuts: [] }
      cuts.push({ length, open })
    } else if (character !== ',' || !/^\s*[}\]]/.test(text.slice(at + 1, at + 200))) put(character)
  }
  return { json: parts.join(''), end: at, complete: false, cuts }
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A string with its quotes, or the rest of the text where it does not end. */
function scanString(text: string, start: number): readonly [string: string, end: number] {
  let string = '"'
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!
    if (character === '\\') {
      string += character + (text[at + 1] ?? '')
      at++
    } else if (character === '"') return [`${string}"`, at + 1]
    else if (character < ' ') string += ESCAPES[character] ?? ' '
    else string += character
  }
  return [string, text.length]
}
