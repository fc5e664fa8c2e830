// Judged answers: every answer once, by a model or by rules, with a number for each dimension of the benchmark. An answer
// about which the judge says nothing, however often it is asked, stops it or is counted, by a policy; it is never left out.
import { type MimicitError, show } from '../../base/errors.js'
import { type IssueCount, IssueLog } from '../../base/issues.js'
import { pick } from '../../base/options.js'
import { type Answered, type AskAllOptions, askAll, type Review } from '../../llm/ask-all.js'
import type { Ask, ChatReply, Responder } from '../../llm/chat.js'
import { evaluationLog } from '../issues.js'
import type { JudgeItem } from './items.js'
import { askedAgain, type JudgeMode, type JudgeModeName, judgeModes } from './modes.js'
import { namesNoOption, offlineJudge } from './offline.js'

/** Who judges, and how calls are made. */
export type Asking = Omit<AskAllOptions<unknown>, 'responder' | 'review' | 'total'> & {
  /** @default rules: the exact match */
  readonly responder?: Responder
}

/** What to do where the judge says nothing: stop, or take an answer for wrong, which is listed. */
export const UNJUDGED_POLICIES = ['error', 'wrong'] as const

/** How answers are judged. */
export interface JudgeOptions {
  /** @default 'match' */
  readonly mode?: JudgeModeName
  /** @default 'error' */
  readonly unjudged?: (typeof UNJUDGED_POLICIES)[number]
  readonly asking?: Asking
}

/** Mean over some items. */
export interface JudgedPart {
  readonly name: string
  readonly items: number
  readonly mean: number
}

/** What the judge said. */
export interface JudgeReport {
  readonly mode: JudgeModeName
  /** Who judged: the name of a model, or of rules. */
  readonly judge: string
  readonly byRules: boolean
  /** Mean of all items, from 0 to 1. */
  readonly mean: number
  /** Mean of the means of the dimensions, each counting the same. */
  readonly meanOfDimensions: number
  readonly groups: readonly JudgedPart[]
  readonly dimensions: readonly (JudgedPart & { readonly group: string })[]
  readonly items: readonly (JudgeItem & { readonly score: number })[]
  readonly issues: readonly IssueCount[]
}

/**
 * Judges answers.
 * @throws MimicitError of the last try where the judge says nothing and the policy is to stop; whatever `askAll` throws
 */
export async function judgeAnswers(
  items: readonly JudgeItem[],
  options: JudgeOptions = {},
  issues: readonly IssueCount[] = [],
): Promise<JudgeReport> {
  const { mode = 'match', unjudged = 'error', asking = {} } = options
  const how: JudgeMode = pick('the way to judge', judgeModes, mode)
  const judge = asking.responder ?? offlineJudge<JudgeItem>((item) => how.offline(item))
  const log = evaluationLog()
  const asks = items.map(
    (item): Ask<JudgeItem> => ({ id: `${mode}/${item.id}`, request: how.request(item), subject: item }),
  )
  const scored: (JudgeItem & { score: number })[] = []
  for await (const answered of askAll<JudgeItem>(asks, {
    ...(asking as AskAllOptions<JudgeItem>),
    responder: judge as Responder<JudgeItem>,
    total: items.length,
    review: (ask, reply, round) => readOrAsk(ask, reply, round, how.read),
  })) {
    const score = verdictOf(answered, how.read, unjudged, log)
    const item = answered.ask.subject
    if (judge.kind === 'rules' && namesNoOption(item)) {
      const message = `${show(item.answer)} names none of the options, or several: wrong`
      log.add({ code: 'MIMICIT_BAD_REPLY', level: 'warning', where: answered.ask.id, id: item.id, message })
    }
    scored.push({ ...item, score: score ?? 0 })
  }
  const dimensions = partsOf(scored, ({ group, dimension }) => JSON.stringify([group, dimension])).map((part) => {
    const [group, name] = JSON.parse(part.name) as [string, string]
    return { ...part, group, name }
  })
  return {
    ...{ mode, judge: judge.name, byRules: judge.kind === 'rules', mean: meanOf(scored.map(({ score }) => score)) },
    meanOfDimensions: meanOf(dimensions.map(({ mean }) => mean)),
    groups: partsOf(scored, ({ group }) => group),
    ...{ dimensions, items: scored },
    issues: [...issues, ...log.summary()],
  }
}

/** So often a judge that says nothing is asked again. */
const MOST_ROUNDS = 1

/** The verdict on a reply: what it says, or another question. */
export function readOrAsk<T>(
  { request }: Ask,
  reply: ChatReply,
  round: number,
  read: (text: string) => T | undefined,
): Review {
  const verdict = read(reply.text)
  if (verdict !== undefined) return { verdict }
  return { verdict: 'unclear', ...(round < MOST_ROUNDS && { again: askedAgain(request, reply.text) }) }
}

/** What was said in the end; undefined where it was nothing and that is allowed. */
export function verdictOf<T>(
  answered: Answered<unknown>,
  read: (text: string) => T | undefined,
  unjudged: (typeof UNJUDGED_POLICIES)[number],
  log: IssueLog,
): T | undefined {
  const verdict = answered.kind === 'reply' ? read(answered.reply.text) : undefined
  if (verdict !== undefined) return verdict
  const said = answered.kind === 'reply' ? `the judge said ${JSON.stringify(answered.reply.text.slice(0, 200))}` : ''
  const failure: MimicitError | undefined = answered.kind === 'failure' ? answered.failure : undefined
  const level = unjudged === 'error' ? 'error' : 'warning'
  const message = failure?.message ?? said
  const id = answered.ask.id
  const one = new IssueLog()
  const issue = { code: failure?.code ?? 'MIMICIT_BAD_REPLY', level, where: id, id, message } as const
  one.add(issue)
  one.throwIfErrors('the judge', 'Run it again with --retry-given-up, or take those for wrong with --unjudged wrong.')
  log.add(issue)
  return undefined
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

function partsOf<T extends { readonly score: number }>(items: readonly T[], nameOf: (item: T) => string): JudgedPart[] {
  const parts = new Map<string, number[]>()
  for (const item of items) {
    const name = nameOf(item)
    const scores = parts.get(name)
    if (scores === undefined) parts.set(name, [item.score])
    else scores.push(item.score)
  }
  return [...parts].map(([name, scores]) => ({ name, items: scores.length, mean: meanOf(scores) }))
}
