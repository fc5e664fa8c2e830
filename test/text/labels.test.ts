// Label policies against what the original rules gave for one sequence, and what holds for any row.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { labelPolicies } from '../../src/text/labels/index.js'
import { IGNORED, labelRow, labelRowOf } from '../../src/text/labels/label-policy.js'
import { ALL_TOKENS, type TokenUses } from '../../src/text/tokenise.js'

// <s> <image> U q1 G <answer> a1 a2 eoc <image> U q2 G <answer> b1 eoc </s>, and the same cut inside the last answer.
const special = { bos: 1, eos: 2, pad: 3, endOfChunk: 4, image: 5, answer: 6 }
const [s, e, eoc, image, answer, _] = [1, 2, 4, 5, 6, IGNORED]
const [U, G, q1, q2, a1, a2, b1, b2] = [10, 12, 11, 13, 21, 22, 31, 32]
const whole = [s, image, U, q1, G, answer, a1, a2, eoc, image, U, q2, G, answer, b1, eoc, e]
const cut = [s, image, U, q1, G, answer, a1, a2, eoc, image, U, q2, G, answer, b1, b2, e]

function label(policy: string, ids: readonly number[], tokens: Partial<TokenUses> = {}): number[] {
  const labels = new Int32Array(ids.length).fill(IGNORED)
  const row = labelRowOf(Int32Array.from(ids), special)
  labelRow(labelPolicies[policy]!, row, labels, { ...ALL_TOKENS, ...tokens })
  return [...labels]
}
const answers = [_, _, _, _, _, _, a1, a2, eoc, _, _, _, _, _, b1, eoc]

describe('golden vectors', () => {
  test.each([
    ['head', [...answers, e]],
    ['v0.2', [...answers, _]],
    ['v0.2-unmasked', [_, _, U, q1, G, _, a1, a2, eoc, _, U, q2, G, _, b1, eoc, e]],
    ['aug-23', [...answers, e]],
    ['v0.1', [_, _, _, _, _, _, a1, a2, eoc, _, U, q2, G, _, b1, eoc, e]],
    ['query', [_, _, _, _, _, _, _, _, _, _, _, _, _, _, b1, eoc, e]],
    ['of', [_, _, U, q1, G, answer, a1, a2, eoc, _, U, q2, G, answer, b1, eoc, _]],
    ['of-pairs', [s, _, U, q1, G, answer, a1, a2, eoc, _, U, q2, G, answer, b1, eoc, e]],
  ])('%s', (policy, expected) => {
    expect(label(policy, whole)).toEqual(expected)
  })

  test.each([
    ['head', [...answers.slice(0, 14), _, _, e]],
    ['v0.2', [...answers.slice(0, 14), b1, b2, e]],
    ['query', [...answers.map(() => _), e]],
  ])('%s where the last answer is cut', (policy, expected) => {
    expect(label(policy, cut)).toEqual(expected)
  })

  test('every policy has one', () => {
    expect(Object.keys(labelPolicies)).toEqual([
      ...['head', 'query', 'v0.1', 'v0.2', 'v0.2-unmasked', 'aug-23', 'of', 'of-pairs'],
    ])
  })
})

describe('label policies', () => {
  test('special tokens that are only shown get no loss', () => {
    expect(label('head', whole, { eos: 'shown' })).toEqual([...answers, _])
    expect(label('head', whole, { endOfChunk: 'shown' })).toEqual([...answers.map((id) => (id === eoc ? _ : id)), e])
  })

  test('a row without an answer has none to learn', () => {
    for (const policy of ['head', 'query']) expect(label(policy, [s, 10, e])).toEqual([_, _, e])
    for (const policy of ['v0.1', 'v0.2', 'of']) expect(label(policy, [s, 10, e])).toEqual([_, _, _])
  })

  test('OpenFlamingo: what follows a turn is not learned before the next picture', () => {
    const shared = [s, image, U, answer, a1, eoc, U, answer, a2, eoc, image, U, answer, b1, eoc, e]
    expect(label('of', shared)).toEqual([_, _, U, answer, a1, eoc, _, _, _, _, _, U, answer, b1, eoc, _])
    expect(label('of', [s, U, answer, a1, eoc, image, U, answer, b1, eoc, e])).toEqual([
      ...[_, _, _, _, _, _, U, answer, b1, eoc, _],
    ])
  })

  test('a label is the id that it stands on, or nothing; <image> has none', () => {
    const id = fc.constantFrom(s, e, eoc, image, answer, U, G, a1, b1)
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(labelPolicies)), fc.array(id), (policy, ids) => {
        label(policy, ids).forEach((one, i) => {
          expect([IGNORED, ids[i]]).toContain(one)
          if (ids[i] === image) expect(one).toBe(IGNORED)
        })
      }),
    )
  })
})
