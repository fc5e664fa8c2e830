// One sample: the turns of contexts and query become one row of ids and the media slots its `<image>` marks stand for.
// The number of marks always equals the number of slots. A token budget drops whole contexts, farthest first, and never
// touches the query.
import { MimicitError } from '../base/errors.js'
import type { Template } from '../text/template.js'
import type { Tokenizer } from '../text/tokenizer.js'
import { type MediaLayoutName, subsetPreset } from '../tuple/subsets.js'
import type { Pair } from '../tuple/tuple.js'
import { mediaLayouts, type Slots } from './media-layout.js'

/** How samples are put together. */
export interface AssemblyRules {
  readonly tokenizer: Tokenizer
  readonly template: Template
  /** One layout for all, or undefined for that of each subset. */
  readonly mediaLayout: MediaLayoutName | undefined
  /** Whether consecutive turns on the same visuals share one set of marks and slots. */
  readonly sharedVisuals: 'once' | 'repeat'
  readonly maxFrames: number
  /** Tokens a row may have, bos and eos included. */
  readonly maxTokens: number
}

/** A sample before its pictures are read. */
export interface AssembledSample {
  readonly id: string
  readonly contextIds: readonly string[]
  readonly ids: readonly number[]
  readonly slots: Slots
}

interface RenderedTurn {
  readonly ids: readonly number[]
  readonly slots: Slots
}

/** The `count` items nearest to a query, in the order in which they stand. */
export function nearestOf<T>(items: readonly T[], count: number, nearest: 'first' | 'last'): readonly T[] {
  return nearest === 'first' ? items.slice(0, count) : items.slice(Math.max(0, items.length - count))
}

/**
 * Puts a sample together, query last.
 * @throws MimicitError MIMICIT_TOO_LONG if the query alone exceeds the budget
 */
export function assembleSample(query: Pair, contexts: readonly Pair[], rules: AssemblyRules): AssembledSample {
  const { nearest } = subsetPreset(query.subset)
  for (let count = contexts.length; count >= 0; count--) {
    const kept = nearestOf(contexts, count, nearest)
    const turns = renderTurns([...kept, query], rules)
    const length = turns.reduce((sum, turn) => sum + turn.ids.length, 2)
    if (length > rules.maxTokens) continue
    const { bos, eos } = rules.tokenizer.special
    return {
      id: query.id,
      contextIds: kept.map((pair) => pair.id),
      ids: [bos, ...turns.flatMap((turn) => turn.ids), eos],
      slots: turns.flatMap((turn) => turn.slots),
    }
  }
  const alone = renderTurns([query], rules).reduce((sum, turn) => sum + turn.ids.length, 2)
  throw new MimicitError('MIMICIT_TOO_LONG', {
    expected: `a pair of at most ${rules.maxTokens} tokens`,
    where: `pair ${query.id}`,
    received: `${alone} tokens`,
    hint: 'Raise maxTokens (--max-tokens); a query is never cut.',
  })
}

/** The prompt of a query: its contexts whole, the query up to and with `<answer>`; the response is not looked at. */
export function assemblePrompt(query: Pair, contexts: readonly Pair[], rules: AssemblyRules): AssembledSample {
  const { special } = rules.tokenizer
  const whole = assembleSample({ ...query, response: '' }, contexts, rules)
  return { ...whole, ids: whole.ids.slice(0, whole.ids.lastIndexOf(special.answer) + 1) }
}

function renderTurns(pairs: readonly Pair[], rules: AssemblyRules): RenderedTurn[] {
  return pairs.map((pair, i) => {
    const previous = pairs[i - 1]
    const shared = rules.sharedVisuals === 'once' && previous !== undefined && sameVisuals(previous, pair)
    const layout = mediaLayouts[rules.mediaLayout ?? subsetPreset(pair.subset).layout]
    return renderTurn(pair, shared ? [] : layout(pair.media, rules.maxFrames), rules)
  })
}

function sameVisuals(a: Pair, b: Pair): boolean {
  return a.media.length > 0 && a.media.length === b.media.length && a.media.every((row, i) => row === b.media[i])
}

function renderTurn(pair: Pair, slots: Slots, { tokenizer, template }: AssemblyRules): RenderedTurn {
  const { special } = tokenizer
  const ids: number[] = []
  for (const part of template(pair)) {
    switch (part.kind) {
      case 'images':
        for (const _ of slots) ids.push(special.image)
        break
      case 'text':
      case 'response':
        for (const id of tokenizer.encode(part.text)) ids.push(id)
        break
      case 'answer':
        ids.push(special.answer)
        break
      case 'endOfChunk':
        ids.push(special.endOfChunk)
        break
      default:
        part satisfies never
    }
  }
  return { ids, slots }
}
