// Pairs without pictures in any number: some columns of few values, texts of several planes of Unicode.
import type { Pair } from '../../src/tuple/tuple.js'

const words = ['a', 'ü', '漢字', '\u{1f600}', ' what is ', '\0', ' in the picture? ']

/** The i-th of them. */
export const pairAt = (i: number): Pair => ({
  id: `T_INS_${i}`,
  subset: i % 3 === 0 ? 'T' : 'U',
  split: i % 4 === 0 ? 'train' : null,
  language: 'en',
  instruction: `What is ${i}?`,
  response: Array.from({ length: 60 + (i % 50) }, (_, k) => words[(i * 31 + k * k) % words.length]).join(''),
  mediaKind: 'none',
  media: [],
  mediaIds: [],
  mediaPositions: null,
  mediaTimes: null,
  metadata: i % 5 === 0 ? `{"n":${i}}` : null,
})
