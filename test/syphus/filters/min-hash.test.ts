// The estimate of MinHash is the shared part of two sets; what was seen is found again; memory has a bound.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomStream } from '../../../src/base/random.js'
import { jaccard, SIGNATURE_LENGTH, shinglesOf, signatureOf } from '../../../src/syphus/filters/min-hash.js'
import { similarTexts } from '../../../src/syphus/filters/similar-texts.js'

/** Two sets of numbers of which a part is shared. */
const setsOf = (seed: number, size: number, shared: number) => {
  const random = randomStream('sets', seed)
  const numbers = Array.from({ length: 2 * size }, () => random.bits())
  return [new Set(numbers.slice(0, size)), new Set(numbers.slice(size - shared, 2 * size - shared))] as const
}
const agreement = (a: Uint32Array, b: Uint32Array) => a.filter((value, n) => value === b[n]).length / SIGNATURE_LENGTH

describe('a signature', () => {
  it('agrees with another in as many places as the sets share members, on average', () => {
    for (const shared of [0, 40, 70, 95, 100]) {
      let estimate = 0
      let truth = 0
      for (let seed = 0; seed < 60; seed++) {
        const [a, b] = setsOf(seed, 100, shared)
        estimate += agreement(signatureOf(a), signatureOf(b)) / 60
        truth += jaccard(a, b) / 60
      }
      expect(Math.abs(estimate - truth), `${shared}: ${estimate} for ${truth}`).toBeLessThan(0.03)
    }
  })

  it('is the same in every run', () => {
    expect([...signatureOf(shinglesOf('A dog runs along the beach.')).slice(0, 3)]).toMatchInlineSnapshot(`
      [
        1669479383,
        1009243856,
        686515109,
      ]
    `)
  })

  it('does not look at case, marks and width', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 12 }), (words) => {
        const plain = shinglesOf(words.join(' '))
        expect(jaccard(plain, shinglesOf(`${words.join(',  ').toUpperCase()}!`))).toBe(1)
      }),
    )
  })
})

describe('texts that were seen', () => {
  const text = (n: number, changed = 0) =>
    Array.from(
      { length: 60 },
      (_, word) => `w${word < changed ? `x${n}` : randomStream('t', n, word).below(5000)}`,
    ).join(' ')

  it('are found among thousands, also when a little was changed, and nothing else is', () => {
    const seen = similarTexts()
    for (let n = 0; n < 2000; n++) seen.add(signatureOf(shinglesOf(text(n))))
    const changed = []
    for (let n = 0; n < 2000; n += 20) {
      expect(seen.nearest(signatureOf(shinglesOf(text(n))))).toBe(1)
      expect(seen.nearest(signatureOf(shinglesOf(text(n + 3000))))).toBeLessThan(0.3)
      changed.push(seen.nearest(signatureOf(shinglesOf(text(n, 2)))))
    }
    // 93 % of the triples are shared: of a thousand such texts the bands miss one.
    expect(changed.filter((nearest) => nearest > 0.8).length).toBeGreaterThanOrEqual(98)
  })

  it('are forgotten, the oldest first, beyond what is remembered', () => {
    const seen = similarTexts(100)
    const signatures = Array.from({ length: 260 }, (_, n) => signatureOf(shinglesOf(text(n))))
    for (const signature of signatures) seen.add(signature)
    const known = signatures.map((signature) => seen.nearest(signature) === 1)
    expect(known.slice(0, 200).some(Boolean)).toBe(false)
    expect(known.slice(200).every(Boolean)).toBe(true)
  })
})
