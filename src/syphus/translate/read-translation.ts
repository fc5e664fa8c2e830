// The reply to a request for translations, read and checked: as many pairs as were sent, each a possible translation of the
// one in its place.
import type { ChatReply } from '../../llm/chat.js'
import { pairList } from '../output-form.js'
import { parseReply, type ReplyFault } from '../parse/parse-reply.js'
import type { Replacer } from '../replacements/replacement.js'
import { checkTranslation, type TranslationCheck, type TranslationFault } from './check-translation.js'
import type { PairTexts } from './request.js'

/** A pair and what became of it. */
export interface TranslatedPair {
  /** Place among those that were sent. */
  readonly index: number
  readonly pair: PairTexts
  /** Replacement rules that applied, with how often. */
  readonly replaced: Readonly<Record<string, number>>
  readonly faults: readonly TranslationFault[]
  /** Without a fault that drops it. */
  readonly kept: boolean
}

/** Pairs, or why the reply is of no use at all. */
export type ReadTranslation = { readonly pairs: readonly TranslatedPair[] } | { readonly fault: ReplyFault }

/** Reads a reply, with slips mended. Never throws. */
export function readTranslation(
  sources: readonly PairTexts[],
  reply: ChatReply,
  check: TranslationCheck,
  mend: Replacer = unchanged,
): ReadTranslation {
  const parsed = parseReply(pairList, reply)
  if ('fault' in parsed) return parsed
  const { length } = parsed.pairs
  if (length !== sources.length) {
    // Which of them is missing cannot be known.
    const code = length < sources.length ? 'few-pairs' : 'many-pairs'
    return { fault: { code, reason: `The reply has ${length} pairs where exactly ${sources.length} were sent.` } }
  }
  return {
    pairs: parsed.pairs.map((given, index) => {
      const { pair, replaced } = mend(given, check.to.tag)
      const faults = checkTranslation(sources[index]!, pair, check)
      return { index, pair, replaced, faults, kept: faults.every(({ action }) => action === 'warn') }
    }),
  }
}

const unchanged: Replacer = (pair) => ({ pair, replaced: {} })

/** Why a reply has to be asked for again, or undefined if every pair of it is kept. */
export function translationFault(read: ReadTranslation): ReplyFault | undefined {
  if ('fault' in read) return read.fault
  const reasons = read.pairs.flatMap(({ index, faults, kept }) =>
    kept ? [] : faults.filter(({ action }) => action === 'drop').map(({ reason }) => `Pair ${index + 1}: ${reason}`),
  )
  return reasons.length === 0
    ? undefined
    : { code: 'wrong-form', reason: `The translation has faults. ${reasons.join(' ')}` }
}
