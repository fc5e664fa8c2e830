// JSON files that carry their own checksum: the last member is `checksum`, the SHA-256 of every byte before it. The text
// is two-space indented JSON, so people and any JSON reader can read it.
import { type ErrorCode, MimicitError } from './errors.js'
import { sha256Hex } from './hash.js'

const TAIL = /,?\n {2}"checksum": "([0-9a-f]{64})"\n\}\n$/

/** The text of an object with its checksum at the end. */
export function encodeCheckedJson(value: object): string {
  const text = JSON.stringify(value, null, 2)
  // An empty object has no member for a comma to follow, and no line break either.
  const body = text === '{}' ? '{' : text.slice(0, text.lastIndexOf('\n}'))
  return `${body}${body === '{' ? '' : ','}\n  "checksum": "${sha256Hex(body)}"\n}\n`
}

/**
 * The object of such a text, without the checksum.
 * @throws MimicitError with `code` if the checksum is missing or wrong, or the rest is no JSON
 */
export function decodeCheckedJson(text: string, where: string, code: ErrorCode): unknown {
  const tail = TAIL.exec(text)
  const bad = (expected: string, received: string) =>
    new MimicitError(code, {
      expected,
      where,
      received,
      hint: 'The file is damaged or was edited by hand; copy it again from its source.',
    })
  if (tail === null) throw bad('JSON that ends with its checksum', 'a text that does not')
  const body = text.slice(0, tail.index)
  const hash = sha256Hex(body)
  if (hash !== tail[1]) throw bad(`content with the SHA-256 ${tail[1]}`, hash)
  try {
    return JSON.parse(`${body}\n}`)
  } catch (error) {
    throw bad('valid JSON', (error as Error).message)
  }
}
