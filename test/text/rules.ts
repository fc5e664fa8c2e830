// Tokenizers and uses of special tokens for properties.
import fc from 'fast-check'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { jsonTokenizer } from '../../src/text/json-tokenizer.js'
import type { TokenUses } from '../../src/text/tokenise.js'
import { mergingFile, specialToken } from './tokenizer-file.js'

const OTHERS = ['<fake_token_around_image>', '<end_of_utterance>']
const tokens = ['<s>', '</s>', '<PAD>', '<answer>', '<image>', '<|endofchunk|>']

/** A byte-level BPE whose merges reach over the borders of texts, with and without the special tokens of IDEFICS. */
const merging = [tokens, [...tokens, ...OTHERS]].map((names) =>
  jsonTokenizer(mergingFile(names.map((content, i) => specialToken(300 + i, content))), 'tiny', 'x'),
)

/** Bytes, or merges. */
export const anyTokenizer = fc.constantFrom(byteTokenizer, ...merging)

/** Special tokens in any use. */
export const anyTokens: fc.Arbitrary<TokenUses> = fc.record({
  answer: fc.constantFrom('shown' as const, 'absent' as const),
  endOfChunk: fc.constantFrom('learned' as const, 'shown' as const, 'absent' as const),
  eos: fc.constantFrom('learned' as const, 'shown' as const, 'absent' as const),
})
