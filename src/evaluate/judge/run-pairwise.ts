// Which of two models answers better: every question is judged in both orders, because judges favour a place. A model wins
// a question if it wins in both orders; if the judge changes its mind with the order it is a tie, and counted as such.
import { MimicitError, show } from '../../base/errors.js'
import type { IssueCount } from '../../base/issues.js'
import { type AskAllOptions, askAll } from '../../llm/ask-all.js'
import type { Ask, Responder } from '../../llm/chat.js'
import type { Battle } from '../elo/battles.js'
import { evaluationLog } from '../issues.js'
import type { JudgeItem } from './items.js'
import { asText, judgeRequest, valueIn } from './modes.js'
import { offlineJudge, offlineMatch } from './offline.js'
import { type Asking, readOrAsk, type UNJUDGED_POLICIES, verdictOf } from './run-judge.js'

/** Two models with their answers to the same questions. */
export interface PairwiseOptions {
  readonly names: readonly [a: string, b: string]
  /** What to do where the judge says nothing: stop, or take it for a tie. @default 'error' */
  readonly unjudged?: (typeof UNJUDGED_POLICIES)[number]
  readonly asking?: Asking
}

/** A question with both verdicts. */
export interface PairwiseItem {
  readonly id: string
  readonly dimension: string
  /** Who won when `a` stood first, and when it stood second. */
  readonly forward: 'a' | 'b' | 'tie'
  readonly backward: 'a' | 'b' | 'tie'
  readonly winner: 'a' | 'b' | 'tie'
}

/** What came of it. */
export interface PairwiseReport {
  readonly names: readonly [a: string, b: string]
  readonly judge: string
  readonly byRules: boolean
  readonly won: { readonly a: number; readonly b: number; readonly tie: number }
  /** Questions whose verdict changed with the order. */
  readonly changed: number
  /** Of all single verdicts that were no tie, the share for whoever stood first: 0.5 is fair. Null without any. */
  readonly firstShare: number | null
  readonly items: readonly PairwiseItem[]
  readonly issues: readonly IssueCount[]
}

type Place = 'first' | 'second' | 'tie'

interface Subject {
  readonly first: JudgeItem
  readonly second: JudgeItem
}

function read(reply: string): Place | undefined {
  const value = valueIn(reply, 'winner') ?? /^\W*(first|second|tie)\b/i.exec(reply)?.[1]?.toLowerCase()
  return value === 'first' || value === 'second' || value === 'tie' ? value : undefined
}

const requestOf = ({ first, second }: Subject) =>
  judgeRequest(
    `${asText(first)}\n\nFirst answer: ${first.answer}\n\nSecond answer: ${second.answer}\n\n` +
      'Which answer is better against the right answer? Their order means nothing. ' +
      'Reply with {"winner": "first"}, {"winner": "second"} or {"winner": "tie"}.',
    'winner',
    { type: 'string', enum: ['first', 'second', 'tie'] },
  )

function offline({ first, second }: Subject): string {
  const [one, two] = [offlineMatch(first), offlineMatch(second)]
  return JSON.stringify({ winner: one === two ? 'tie' : one ? 'first' : 'second' })
}

/**
 * Compares two models.
 * @param pairs items of the same question with the answers of a and of b
 * @throws MimicitError MIMICIT_BAD_VALUE for one name twice; else as `judgeAnswers`
 */
export async function judgePairs(
  pairs: readonly (readonly [a: JudgeItem, b: JudgeItem])[],
  { names, unjudged = 'error', asking = {} }: PairwiseOptions,
  issues: readonly IssueCount[] = [],
): Promise<PairwiseReport> {
  if (names[0] === names[1]) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      ...{ expected: 'two names', where: 'the models that are compared', received: `${show(names[0])} twice` },
      hint: 'Name them, with --names on the command line.',
    })
  }
  const judge = asking.responder ?? offlineJudge<Subject>(offline)
  const log = evaluationLog()
  const asks = pairs.flatMap(([a, b]): Ask<Subject>[] => [
    { id: `pair/forward/${a.id}`, subject: { first: a, second: b }, request: requestOf({ first: a, second: b }) },
    { id: `pair/backward/${a.id}`, subject: { first: b, second: a }, request: requestOf({ first: b, second: a }) },
  ])
  const verdicts: Place[] = []
  for await (const answered of askAll<Subject>(asks, {
    ...(asking as AskAllOptions<Subject>),
    responder: judge as Responder<Subject>,
    total: asks.length,
    review: (ask, reply, round) => readOrAsk(ask, reply, round, read),
  })) {
    verdicts.push(verdictOf(answered, read, unjudged, log) ?? 'tie')
  }
  const items = pairs.map(([{ id, dimension }], i): PairwiseItem => {
    const forward = modelAt(verdicts[2 * i]!, 'a', 'b')
    const backward = modelAt(verdicts[2 * i + 1]!, 'b', 'a')
    return { id, dimension, forward, backward, winner: forward === backward ? forward : 'tie' }
  })
  const decided = verdicts.filter((verdict) => verdict !== 'tie')
  const count = (winner: PairwiseItem['winner']) => items.filter((item) => item.winner === winner).length
  return {
    ...{ names, judge: judge.name, byRules: judge.kind === 'rules' },
    won: { a: count('a'), b: count('b'), tie: count('tie') },
    changed: items.filter(({ forward, backward }) => forward !== backward).length,
    firstShare: decided.length === 0 ? null : decided.filter((verdict) => verdict === 'first').length / decided.length,
    items,
    issues: [...issues, ...log.summary()],
  }
}

const modelAt = (place: Place, first: 'a' | 'b', second: 'a' | 'b') =>
  place === 'tie' ? 'tie' : place === 'first' ? first : second

/** The verdicts as battles, for ratings of many models. */
export function battlesOf({ names: [a, b], items }: PairwiseReport): Battle[] {
  return items.map(({ id, winner }) => ({ id: `${a}/${b}/${id}`, a, b, winner }))
}
