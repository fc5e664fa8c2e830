// The scores that two projects print for their own example files (fixtures/metrics), to the digits they print. The numbers
// come from their documents and the files are theirs: nobody may change either to make a test pass.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { evaluateCaptions } from '../../../src/evaluate/captions/evaluate-captions.js'
import { fixture } from '../../support/fixtures.js'

const scoresOf = ({ scores }: Awaited<ReturnType<typeof evaluateCaptions>>) =>
  Object.fromEntries(scores.map(({ name, corpus }) => [name, corpus]))

/** Their METEOR also matches synonyms and paraphrases: without them it is lower, by little. */
function expectNear(score: number, published: number): void {
  expect(score).toBeLessThan(published)
  expect(score).toBeGreaterThan(0.85 * published)
}

describe('nlg-eval', () => {
  it('gives what its README prints, to six digits', async () => {
    const dir = fixture('metrics/nlg_eval')
    const report = await evaluateCaptions({
      predictions: join(dir, 'hyp.txt'),
      references: [join(dir, 'ref1.txt'), join(dir, 'ref2.txt')],
      tokens: 'whitespace',
    })
    const scores = scoresOf(report)
    expect(scores['BLEU-1']).toBeCloseTo(0.55, 6)
    expect(scores['BLEU-2']).toBeCloseTo(0.428174, 6)
    expect(scores['BLEU-3']).toBeCloseTo(0.284043, 6)
    expect(scores['BLEU-4']).toBeCloseTo(0.201143, 6)
    expect(scores['ROUGE-L']).toBeCloseTo(0.522104, 6)
    expect(scores['CIDEr-D']).toBeCloseTo(1.242192, 6)
    expectNear(scores.METEOR!, 0.295797)
  })
})

describe('clipscore', () => {
  it.each([
    ['good_captions', [0.6667, 0.4899, 0.3469, 0, 0.428, 0.5637]],
    ['bad_captions', [0.4815, 0.2404, 0.1359, 0, 0.3121, 0.279]],
  ] as const)('gives what its README prints for %s, to four digits', async (name, [...expected]) => {
    const dir = fixture('metrics/clipscore')
    const report = await evaluateCaptions({
      predictions: join(dir, `${name}.json`),
      references: join(dir, 'refs.json'),
    })
    const scores = scoresOf(report)
    const found = ['BLEU-1', 'BLEU-2', 'BLEU-3', 'BLEU-4', 'ROUGE-L', 'CIDEr-D'].map((key) => scores[key]!)
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 4)
    expectNear(scores.METEOR!, name === 'good_captions' ? 0.3444 : 0.1861)
  })
})
