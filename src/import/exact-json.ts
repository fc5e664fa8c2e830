// JSON whose integers keep all their digits: those that JavaScript cannot hold are read as texts.

/** As JSON.parse, but for integers that it would round. @throws SyntaxError */
export function parseExact(json: string): unknown {
  const value = JSON.parse(json) as unknown
  // Only once it is known to be JSON: what is mended for its integers could have been none.
  const exact = exactIntegers(json)
  return exact === json ? value : (JSON.parse(exact) as unknown)
}

const LONG = /\d{16}/
const STRING_OR_INTEGER = /"(?:[^"\\]|\\.)*"|-?\d+(?![\d.eE])/g

/** Integers that a number of JavaScript would round become texts: ids of twenty digits keep all of them. */
export function exactIntegers(json: string): string {
  if (!LONG.test(json)) return json
  return json.replace(STRING_OR_INTEGER, (token, at: number) => {
    if (token.length < 16 || token.startsWith('"') || String(Number(token)) === token) return token
    // What follows a dot or an exponent is no integer of its own.
    return /[\d.eE+]/.test(json[at - 1] ?? '') ? token : `"${token}"`
  })
}
