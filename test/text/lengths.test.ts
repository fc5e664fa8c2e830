// Lengths from counts alone equal the lengths of what is put together, for any pairs, template, tokenizer and layout.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assembleSample, sameVisuals } from '../../src/loader/assemble.js'
import { mediaLayouts } from '../../src/loader/media-layout.js'
import { countsOf, rowLength, tokeniseVariants, turnFrame, turnLength } from '../../src/text/lengths.js'
import { layoutOf } from '../../src/tuple/subsets.js'
import { anyPair, anyRules } from '../loader/pairs.js'
import { anyTokenizer, anyTokens } from './rules.js'

test('the length of a sample from the counts of its pairs', () => {
  fc.assert(
    fc.property(
      anyPair,
      fc.array(anyPair, { maxLength: 3 }),
      anyRules,
      anyTokenizer,
      anyTokens,
      (query, contexts, some, tokenizer, tokens) => {
        const rules = { ...some, tokenizer, tokens }
        const frame = turnFrame(rules)
        const pairs = [...contexts, query]
        const turns = pairs.map((pair, i) => {
          const layout = rules.mediaLayout ?? layoutOf(pair.subset, pair.mediaKind)
          const shared = rules.sharedVisuals === 'once' && sameVisuals(pairs[i - 1], pair)
          const marks = shared ? 0 : mediaLayouts[layout](pair.media, (count) => [count - 1]).length
          const counts = countsOf(tokeniseVariants(pair, rules))
          return turnLength(counts, frame, marks, layout === 'interleaved' && pair.mediaPositions !== null)
        })
        expect(rowLength(turns, frame)).toBe(assembleSample(query, contexts, rules).ids.length)
      },
    ),
    { numRuns: 300 },
  )
})
