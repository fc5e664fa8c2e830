// One sample: the turns of contexts and query become one row of ids and the media slots its `<image>` marks stand for.
// The number of marks always equals the number of slots. Which contexts there are is planned before (plan/plan.ts): a token
// budget drops whole ones, farthest first, and never touches the query.
import { MimicitError } from '../base/errors.js'
import type { TurnSpan } from '../text/labels/label-policy.js'
import { rowEnds, type TokenisedTurn } from '../text/tokenise.js'
import { subsetPreset } from '../tuple/subsets.js'
import type { Pair } from '../tuple/tuple.js'
import type { Slots } from './media-layout.js'
import { plan } from './plan/plan.js'
import { planRules, type SampleRules, turnIndex } from './turn-index.js'
import { type SampleTurn, type TurnRules, turnOf } from './turns.js'

/** How samples are put together. */
export interface AssemblyRules extends TurnRules, SampleRules {}

/** A sample before its pictures are read. */
export interface AssembledSample {
  readonly id: string
  readonly contextIds: readonly string[]
  readonly ids: Int32Array
  /** Where its turns and their answers stand in `ids`, the query last. */
  readonly turns: readonly TurnSpan[]
  readonly slots: Slots
  /** Seconds at which the frames of each slot were taken; null where a turn does not know. */
  readonly times: readonly (readonly number[] | null)[]
  /** Whether its texts tell left from right; where nothing may be mirrored nobody looks. */
  readonly sided: boolean
}

/**
 * Puts a sample together, query last, by the same plan as a stream.
 * @param contexts in the order in which they stand
 * @param nearest which end of them is near the query: what a budget keeps longest
 * @throws MimicitError MIMICIT_TOO_LONG if the query alone exceeds the budget
 */
export function assembleSample(
  query: Pair,
  contexts: readonly Pair[],
  rules: AssemblyRules,
  nearest: 'first' | 'last' = subsetPreset(query.subset).nearest,
): AssembledSample {
  const turns = [...contexts, query].map((pair) => turnOf(pair, rules))
  const asked = contexts.length
  const entry = { row: asked, contexts: contexts.map((_, i) => i), nearest }
  const index = turnIndex([entry], (row) => turns[row]!, rules)
  const { contexts: kept } = plan(index, planRules(rules, asked)).content([asked])
  return assembleTurns(
    turns[asked]!,
    Array.from(kept, (row) => turns[row]!),
    rules,
  )
}

/**
 * Puts the turns of a sample together, all of them.
 * @param lead ids in front of them
 * @throws MimicitError MIMICIT_TOO_LONG for a row that is longer than it may be
 */
export function assembleTurns(
  query: SampleTurn,
  contexts: readonly SampleTurn[],
  rules: AssemblyRules,
  lead: Int32Array = NO_LEAD,
): AssembledSample {
  const turns = [...contexts, query]
  const shared = turns.map((turn, i) => rules.sharedVisuals === 'once' && sameVisuals(turns[i - 1], turn))
  const tokens = turns.map((turn, i) => (shared[i] ? turn.unmarked : turn.marked))
  const length = tokensOf(tokens, rules) + lead.length
  if (length > rules.maxTokens) throw tooLong(query.id, length, rules)
  return {
    id: query.id,
    contextIds: contexts.map((turn) => turn.id),
    ...joined(tokens, length, rules, lead),
    slots: turns.flatMap((turn, i) => (shared[i] ? [] : turn.slots)),
    times: turns.flatMap((turn, i) => (shared[i] ? [] : turn.slots.map((_, slot) => turn.times?.[slot] ?? null))),
    sided: turns.some((turn) => turn.sided),
  }
}

const NO_LEAD = new Int32Array(0)

const tooLong = (id: string, length: number, { maxTokens }: AssemblyRules) =>
  new MimicitError('MIMICIT_TOO_LONG', {
    expected: `a pair of at most ${maxTokens} tokens`,
    where: `pair ${id}`,
    received: `${length} tokens`,
    hint: 'Raise maxTokens (--max-tokens); a query is never cut.',
  })

/** The prompt of a query: its contexts whole, the query up to its answer; the response is not looked at. */
export function assemblePrompt(
  query: Pair,
  contexts: readonly Pair[],
  rules: AssemblyRules,
  nearest?: 'first' | 'last',
): AssembledSample {
  const whole = assembleSample({ ...query, response: '' }, contexts, rules, nearest)
  return { ...whole, ids: whole.ids.slice(0, whole.turns.at(-1)!.answer), turns: whole.turns.slice(0, -1) }
}

/** Whether a turn brings nothing new: it has visuals, and the turn before it has the same. */
export function sameVisuals(before: Pick<Pair, 'media'> | undefined, { media }: Pick<Pair, 'media'>): boolean {
  if (before === undefined || media.length === 0 || before.media.length !== media.length) return false
  return media.every((row, i) => row === before.media[i])
}

/** Tokens of a row; text behind the last answer is not in it. */
function tokensOf(turns: readonly TokenisedTurn[], rules: AssemblyRules): number {
  let sum = rowEnds(rules.tokens)
  for (const { ids } of turns) sum += ids.length
  const last = turns.at(-1)!
  return sum - (last.ids.length - last.end)
}

function joined(
  turns: readonly TokenisedTurn[],
  length: number,
  { tokenizer, tokens }: AssemblyRules,
  lead: Int32Array,
) {
  const { bos, eos } = tokenizer.special
  const ids = new Int32Array(length)
  ids[0] = bos
  ids.set(lead, 1)
  const spans: TurnSpan[] = []
  let start = 1 + lead.length
  for (const [i, turn] of turns.entries()) {
    const { answer, close, end } = turn
    const last = i === turns.length - 1
    ids.set(last && end < turn.ids.length ? turn.ids.subarray(0, end) : turn.ids, start)
    spans.push({ start, answer: start + answer, close: start + close, end: start + end, whole: true })
    start += turn.ids.length
  }
  if (tokens.eos !== 'absent') ids[length - 1] = eos
  return { ids, turns: spans }
}
