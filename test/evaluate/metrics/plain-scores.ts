// BLEU, ROUGE-L and CIDEr-D once more, word for word as their definitions and the COCO tools' constants have them: slow,
// with texts as keys, and without a line of the library. What the library makes fast has to give the same.

/** Words of a picture. */
export interface PlainItem {
  readonly candidate: readonly string[]
  readonly references: readonly (readonly string[])[]
}

type Counts = ReadonlyMap<string, number>

function counts(words: readonly string[], n: number): Counts {
  const all = new Map<string, number>()
  for (let at = 0; at + n <= words.length; at++) {
    const key = JSON.stringify(words.slice(at, at + n))
    all.set(key, (all.get(key) ?? 0) + 1)
  }
  return all
}

/** BLEU-1 to 4 of a set. */
export function plainBleu(items: readonly PlainItem[]): number[] {
  const [correct, guess] = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]
  let [length, reference] = [0, 0]
  for (const { candidate, references } of items) {
    length += candidate.length
    reference += references
      .map((words) => words.length)
      .sort((a, b) => Math.abs(a - candidate.length) - Math.abs(b - candidate.length) || a - b)[0]!
    for (const n of [1, 2, 3, 4]) {
      guess[n - 1]! += Math.max(0, candidate.length - n + 1)
      for (const [key, count] of counts(candidate, n)) {
        const most = Math.max(...references.map((words) => counts(words, n).get(key) ?? 0))
        correct[n - 1]! += Math.min(count, most)
      }
    }
  }
  const ratio = (length + 1e-15) / (reference + 1e-9)
  let product = 1
  return [0, 1, 2, 3].map((n) => {
    product *= (correct[n]! + 1e-15) / (guess[n]! + 1e-9)
    return product ** (1 / (n + 1)) * (ratio < 1 ? Math.exp(1 - 1 / ratio) : 1)
  })
}

/** The longest common subsequence, by the table that everybody draws. */
function common(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++)
      table[i]![j] = a[i - 1] === b[j - 1] ? table[i - 1]![j - 1]! + 1 : Math.max(table[i - 1]![j]!, table[i]![j - 1]!)
  return table[a.length]![b.length]!
}

/** ROUGE-L of a set. */
export function plainRouge(items: readonly PlainItem[]): number {
  const scores = items.map(({ candidate, references }) => {
    const precision = Math.max(...references.map((words) => common(candidate, words) / Math.max(1, candidate.length)))
    const recall = Math.max(...references.map((words) => common(candidate, words) / words.length))
    return precision === 0 ? 0 : ((1 + 1.2 ** 2) * precision * recall) / (recall + 1.2 ** 2 * precision)
  })
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}

/** CIDEr-D of a set. */
export function plainCiderD(items: readonly PlainItem[]): number {
  const pictures = new Map<string, number>()
  for (const { references } of items) {
    const keys = new Set(references.flatMap((words) => [1, 2, 3, 4].flatMap((n) => [...counts(words, n).keys()])))
    for (const key of keys) pictures.set(key, (pictures.get(key) ?? 0) + 1)
  }
  const weigh = (words: readonly string[], n: number) =>
    new Map(
      [...counts(words, n)].map(
        ([key, count]) =>
          [key, count * (Math.log(items.length) - Math.log(Math.max(1, pictures.get(key) ?? 0)))] as const,
      ),
    )
  const norm = (weights: Counts) => Math.sqrt([...weights.values()].reduce((sum, value) => sum + value ** 2, 0))
  const scores = items.map(({ candidate, references }) => {
    const each = references.map((words) => {
      const byLength = [1, 2, 3, 4].map((n) => {
        const [own, theirs] = [weigh(candidate, n), weigh(words, n)]
        const product = [...own].reduce((sum, [key, value]) => {
          const other = theirs.get(key) ?? 0
          return sum + Math.min(value, other) * other
        }, 0)
        const norms = norm(own) * norm(theirs)
        return (norms === 0 ? product : product / norms) * Math.exp(-((candidate.length - words.length) ** 2) / 72)
      })
      return byLength.reduce((sum, value) => sum + value, 0) / 4
    })
    return (10 * each.reduce((sum, value) => sum + value, 0)) / each.length
  })
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}
