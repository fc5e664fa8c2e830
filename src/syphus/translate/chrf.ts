// chrF (Popović 2015): how many character n-grams, n from 1 to 6, two texts share; recall counts twice as much as precision
// (beta = 2). It needs no tokeniser, so it is fair to any language.

const ORDERS = 6
const BETA = 2

/** The score of a text against a reference, 0 to 1. Blanks do not count. */
export function chrF(text: string, reference: string): number {
  const given = [...text.replace(/\s+/g, '')]
  const wanted = [...reference.replace(/\s+/g, '')]
  if (given.length === 0 || wanted.length === 0) return given.length === wanted.length ? 1 : 0
  let precision = 0
  let recall = 0
  let orders = 0
  for (let n = 1; n <= ORDERS; n++) {
    const [a, b] = [ngrams(given, n), ngrams(wanted, n)]
    const [inA, inB] = [Math.max(0, given.length - n + 1), Math.max(0, wanted.length - n + 1)]
    // Texts that are too short for an order say nothing about it.
    if (inA === 0 || inB === 0) break
    let shared = 0
    for (const [gram, count] of a) shared += Math.min(count, b.get(gram) ?? 0)
    precision += shared / inA
    recall += shared / inB
    orders++
  }
  const [p, r] = [precision / orders, recall / orders]
  return p + r === 0 ? 0 : ((1 + BETA ** 2) * p * r) / (BETA ** 2 * p + r)
}

function ngrams(characters: readonly string[], n: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (let at = 0; at + n <= characters.length; at++) {
    const gram = characters.slice(at, at + n).join('')
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}
