// Pairs and rules for tests that need no data set.
import fc from 'fast-check'
import type { AssemblyRules } from '../../src/loader/assemble.js'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { cleanings } from '../../src/text/cleaning.js'
import { templates } from '../../src/text/templates.js'
import { ALL_TOKENS } from '../../src/text/tokenise.js'
import type { Pair } from '../../src/tuple/tuple.js'

/** A sound pair with what matters to a test. */
export function pairWith(changes: Partial<Pair>): Pair {
  const media = changes.media ?? []
  return {
    id: 'LA_INS_1',
    subset: 'LA',
    split: null,
    language: 'en',
    instruction: 'What is this?',
    response: 'A cat.',
    mediaKind: media.length === 0 ? 'none' : 'images',
    media,
    mediaIds: media.map((row) => `LA_IMG_${row}`),
    mediaPositions: null,
    mediaTimes: null,
    metadata: null,
    ...changes,
  }
}

/** Rules with what matters to a test. */
export function rulesWith(changes: Partial<AssemblyRules> = {}): AssemblyRules {
  return {
    tokenizer: byteTokenizer,
    template: templates.simple!,
    cleaning: cleanings.none!,
    tokens: ALL_TOKENS,
    mediaLayout: undefined,
    sharedVisuals: 'once',
    maxFrames: 4,
    frames: 'linspace',
    framesPerSecond: 1,
    flip: false,
    maxTokens: 100_000,
    ...changes,
  }
}

/** Any pair: marks as plain text, any subset, equal visuals not unlikely. */
export const anyPair: fc.Arbitrary<Pair> = fc
  .record({
    id: fc.string({ minLength: 1 }),
    subset: fc.constantFrom('LA', 'CGD', 'DC', 'LACONV', 'unheard-of'),
    instruction: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('<image>', '<answer>', '<|endofchunk|>')),
    response: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('<image><answer>', 'no', '')),
    media: fc.oneof(fc.array(fc.nat(3), { maxLength: 2 }), fc.array(fc.nat(50), { maxLength: 9 })),
    places: fc.option(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 9, maxLength: 9 })),
  })
  .map(({ places, ...pair }) =>
    pairWith({ ...pair, mediaPositions: places && positions(places.slice(0, pair.media.length), pair.instruction) }),
  )

/** Rising positions in a text, also between the halves of a surrogate pair. */
const positions = (places: readonly number[], text: string) =>
  places.map((place) => Math.round(place * text.length)).sort((a, b) => a - b)

/** Any rules that change what a row looks like. */
export const anyRules: fc.Arbitrary<AssemblyRules> = fc
  .record({
    template: fc.constantFrom(...Object.values(templates)),
    mediaLayout: fc.constantFrom(
      undefined,
      'in-context' as const,
      'multi-turn' as const,
      'interleaved' as const,
      'video' as const,
      'pair-as-frames' as const,
      'pair-as-images' as const,
      'text-only' as const,
    ),
    sharedVisuals: fc.constantFrom('once' as const, 'repeat' as const),
    maxFrames: fc.integer({ min: 1, max: 5 }),
  })
  .map(rulesWith)
