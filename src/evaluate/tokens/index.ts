// Every way to split captions into words, by name. The scores of captions depend on it, so that it stands in every report.
import { ptbTokens } from './ptb.js'

/** Splits a text into words. */
export type CaptionTokeniser = (text: string) => string[]

/** Every tokeniser by name. */
export const captionTokenisers = {
  /** As the COCO tools: Penn Treebank rules, small letters, punctuation left out. */
  ptb: (text) => ptbTokens(text),
  /** At white space, and nothing else is changed: for texts that are tokenised already. */
  whitespace: (text) => text.split(/\s+/u).filter((word) => word !== ''),
} as const satisfies Readonly<Record<string, CaptionTokeniser>>

/** The name of a tokeniser. */
export type CaptionTokeniserName = keyof typeof captionTokenisers
