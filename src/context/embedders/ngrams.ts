// Texts as hashed word n-grams, weighted by TF-IDF and projected to a few hundred dimensions: no weights, any language.
// Words and pairs of words count; where words are not set apart by blanks (Chinese, Japanese, Korean), characters and pairs
// of characters. The projection is a sparse random one (Achlioptas 2003; Li, Hastie, Church 2006): every n-gram adds to a
// few dimensions with a sign, so cosines are kept up to about 1 / sqrt(dimensions).
import { MimicitError, show } from '../../base/errors.js'
import type { TextEmbedder } from './embedder.js'

const VERSION = 1
const DIMENSIONS = 256
/** Dimensions that one n-gram adds to. */
const SPREAD = 4
/** Places for counts of texts by n-gram. */
const COUNTERS = 1 << 20

/**
 * @param argument dimensions, 256 unless said otherwise
 * @throws MimicitError MIMICIT_BAD_VALUE
 */
export function ngrams(argument = ''): TextEmbedder {
  const dimensions = argument === '' ? DIMENSIONS : Number(argument)
  if (!Number.isInteger(dimensions) || dimensions < SPREAD || dimensions > 4096) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `a number of dimensions from ${SPREAD} to 4096`,
      where: 'the embedder ngrams',
      received: show(argument),
    })
  }
  const texts = new Uint32Array(COUNTERS)
  let total = 0
  return {
    kind: 'text',
    dimensions,
    identity: `ngrams ${VERSION} ${dimensions}`,
    batch: 256,
    async fit(all) {
      for await (const text of all) {
        total++
        for (const [hash] of counted(text)) texts[hash % COUNTERS]!++
      }
    },
    async embed(batch) {
      const vectors = new Float32Array(batch.length * dimensions)
      for (const [i, text] of batch.entries()) {
        for (const [hash, count] of counted(text)) {
          const idf = Math.log((total + 1) / (texts[hash % COUNTERS]! + 1)) + 1
          const weight = (1 + Math.log(count)) * idf
          let state = hash
          for (let s = 0; s < SPREAD; s++) {
            state = scramble(state + s)
            const at = i * dimensions + (state % dimensions)
            vectors[at] = vectors[at]! + (state >>> 31 === 0 ? weight : -weight)
          }
        }
      }
      return vectors
    },
  }
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu
/** Scripts that are written without blanks between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u

/** Words of a text in lower case; of unspaced scripts its characters. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const [word] of text.normalize('NFKC').toLowerCase().matchAll(WORD)) {
    if (UNSPACED.test(word)) words.push(...word)
    else words.push(word)
  }
  return words
}

/** How often each word and each pair of neighbouring words occurs, by hash. */
function counted(text: string): Map<number, number> {
  const counts = new Map<number, number>()
  let before = 0
  for (const word of wordsOf(text)) {
    const hash = hashOf(word)
    counts.set(hash, (counts.get(hash) ?? 0) + 1)
    if (before !== 0) {
      const pair = scramble(before ^ Math.imul(hash, 0x9e3779b1))
      counts.set(pair, (counts.get(pair) ?? 0) + 1)
    }
    before = hash
  }
  return counts
}

/** FNV-1a over UTF-16 code units, scrambled. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  return scramble(hash)
}

/** The finaliser of MurmurHash3. */
function scramble(value: number): number {
  let x = value >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
