// The lines of a journal: JSON objects whose last member, `sum`, is the beginning of the SHA-256 of the text before it. Any
// reader of JSON lines can read them; a line that was cut or damaged is told from a whole one.
import { sha256Hex } from '../base/hash.js'

const DIGITS = 16
const TAIL = `,"sum":"${'0'.repeat(DIGITS)}"}`.length

/** The line of an object, with its end. */
export function encodeLine(value: object): string {
  const body = JSON.stringify(value).slice(0, -1)
  return `${body},"sum":"${sha256Hex(body).slice(0, DIGITS)}"}\n`
}

/** The object of a line without its end; undefined if it is not whole. */
export function decodeLine(line: string): unknown {
  const body = line.slice(0, -TAIL)
  if (line.slice(-TAIL) !== `,"sum":"${sha256Hex(body).slice(0, DIGITS)}"}`) return undefined
  return JSON.parse(`${body}}`)
}
