// JSON whose numbers lose nothing: integers that JavaScript would round, and numbers beyond all that it holds, are read as
// texts.

/** As JSON.parse, but for such numbers. @throws SyntaxError */
export function parseExact(json: string): unknown {
  const value = JSON.parse(json) as unknown
  // Only once it is known to be JSON: what is mended for its numbers could have been none.
  const exact = exactNumbers(json)
  return exact === json ? value : (JSON.parse(exact) as unknown)
}

/** Texts without any of these have no such number. */
const LONG = /\d{16}|\d[eE][+-]?\d{3}/
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

/**
 * Such numbers become texts: ids of twenty digits keep all of them, and 1e400 does not become infinity, which JSON has not.
 * Digits behind the point that are more than a number holds are rounded, as everywhere.
 */
export function exactNumbers(json: string): string {
  if (!LONG.test(json)) return json
  return json.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') || isHeld(token) ? token : `"${token}"`))
}

function isHeld(token: string): boolean {
  const value = Number(token)
  if (!/[.eE]/.test(token)) return token.length < 16 || String(value) === token
  return Number.isFinite(value) && (value !== 0 || !/^-?[0.]*[1-9]/.test(token))
}
