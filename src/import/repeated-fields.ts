// A field that stands twice in one record: of both the last counts, as to every reader of JSON, and whoever made the file
// may not know. A parsed record does not tell, so its text is asked.
import type { TellLeftOut } from './source.js'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/**
 * Tells of the fields that a record has more than once, those of objects inside of it apart.
 * @param json the record, which is sound JSON
 * @param value what it became
 * @param tell if there is nobody to tell, nothing is looked for
 */
export function tellRepeatedFields(json: Uint8Array, value: unknown, where: string, tell?: TellLeftOut): void {
  if (tell === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return
  let fields = 0
  eachField(json, () => fields++)
  if (fields === Object.keys(value).length) return
  const names = repeatedNames(json).map((name) => JSON.stringify(name))
  const message = `field ${names.join(', ')} stands there more than once; the last counts`
  tell({ code: 'MIMICIT_REPEATED_FIELD', where, message })
}

/** Finds the fields of the outermost object. @param found is given where the name of one begins and ends, its quotes included */
function eachField(json: Uint8Array, found: (begin: number, end: number) => void): void {
  let depth = 0
  let begin = 0
  let end = 0
  for (let at = 0; at < json.byteLength; at++) {
    const byte = json[at]!
    if (byte === QUOTE) {
      begin = at
      for (at++; json[at] !== QUOTE; at++) if (json[at] === BACKSLASH) at++
      end = at + 1
    } else if (byte === COLON) {
      if (depth === 1) found(begin, end)
    } else if (byte === 0x7b || byte === 0x5b) depth++
    else if (byte === 0x7d || byte === 0x5d) depth--
  }
}

/** By what the names mean: one may be written with escapes. */
function repeatedNames(json: Uint8Array): readonly string[] {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  eachField(json, (begin, end) => {
    const name = JSON.parse(Buffer.from(json.subarray(begin, end)).toString('utf8')) as string
    if (seen.has(name)) repeated.add(name)
    seen.add(name)
  })
  return [...repeated]
}
