// Battles: two models answered the same question, somebody said whose answer is better. JSON objects, one a line or all in a
// list; three forms are read, and become the first of them.
//   ours     {"id": "…", "a": "otter", "b": "llava", "winner": "a" | "b" | "tie" | "both-bad", …}
//   arena    {"question_id": "…", "model_a": …, "model_b": …, "winner": "model_a" | "model_b" | "tie" | "tie (bothbad)"}
//   reviews  {"review_id": "…", "score": [8, 9]} in a file called review_<first>_<second>.jsonl: the higher score wins
import { basename } from 'node:path'
import { z } from 'zod'
import { MimicitError, show } from '../../base/errors.js'
import type { IssueCount } from '../../base/issues.js'
import { jsonRecords } from '../../import/json-records.js'
import { openFile } from '../../io/directory.js'
import { evaluationLog } from '../issues.js'

/** What a battle came to; `both-bad` is a tie of two answers that are no good. */
const WINNERS = ['a', 'b', 'tie', 'both-bad'] as const
/** One of them. */
export type Winner = (typeof WINNERS)[number]

/** One comparison of two models. */
export interface Battle {
  readonly id: string
  readonly a: string
  readonly b: string
  readonly winner: Winner
}

/** How battles are read. */
export interface BattleOptions {
  /** The models that there are. @default whatever the battles name */
  readonly models?: readonly string[]
  /** What to do with a battle of a model that is not among them. @default 'error' */
  readonly unknown?: (typeof UNKNOWN_POLICIES)[number]
}

/** What to do with a model that is not among those that there are: stop, or leave its battles out and count them. */
export const UNKNOWN_POLICIES = ['error', 'leave-out'] as const

/** Battles of some files. */
export interface ReadBattles {
  readonly battles: readonly Battle[]
  readonly issues: readonly IssueCount[]
}

/** The name of a model. A blank at an end is nothing that anybody sees, and would be another model. */
export const modelName = z.string().regex(/^\S(?:.*\S)?$/su)
const id = z.union([z.string().min(1), z.number()]).transform(String)
const ours = z.object({ id, a: modelName, b: modelName, winner: z.enum(WINNERS) })
const arena = z.object({
  id: id.optional(),
  question_id: id.optional(),
  ...{ model_a: modelName, model_b: modelName },
  winner: z.enum(['model_a', 'model_b', 'tie', 'tie (bothbad)']),
})
const review = z.object({ review_id: id, score: z.tuple([z.number(), z.number()]) })
const ARENA_WINNERS = { model_a: 'a', model_b: 'b', tie: 'tie', 'tie (bothbad)': 'both-bad' } as const

/**
 * Reads battles, in the order of the files and their lines.
 * @throws MimicitError MIMICIT_BAD_JSON, MIMICIT_BAD_RECORD, MIMICIT_DUPLICATE_ID, MIMICIT_UNKNOWN_NAME for a model that is
 * not among `models`, MIMICIT_EMPTY without any battle
 */
export async function readBattles(paths: readonly string[], options: BattleOptions = {}): Promise<ReadBattles> {
  const known = options.models === undefined ? undefined : new Set(options.models)
  const level = (options.unknown ?? 'error') === 'error' ? 'error' : 'warning'
  const log = evaluationLog()
  const first = new Map<string, string>()
  const battles: Battle[] = []
  for (const path of paths) {
    const file = await openFile(path)
    try {
      for await (const { number, value, where } of jsonRecords(file)) {
        const battle = parseBattle(value, path, number, where)
        const before = first.get(battle.id)
        if (before !== undefined) {
          const message = `${show(battle.id)} again, first at ${before}`
          log.add({ code: 'MIMICIT_DUPLICATE_ID', level: 'error', where, id: battle.id, message })
        }
        first.set(battle.id, where)
        const strangers = [battle.a, battle.b].filter((model) => known?.has(model) === false)
        for (const model of strangers) {
          const message = `${show(model)} is none of ${[...known!].join(', ')}`
          log.add({ code: 'MIMICIT_UNKNOWN_NAME', level, where, id: battle.id, message })
        }
        if (strangers.length === 0) battles.push(battle)
      }
    } finally {
      await file.close()
    }
  }
  const met = new Set(battles.flatMap(({ a, b }) => [a, b]))
  for (const model of options.models ?? []) {
    if (met.has(model)) continue
    const message = `no battle of ${show(model)}, which gets no rating`
    log.add({ code: 'MIMICIT_EMPTY', level: 'warning', where: paths.join(', '), message })
  }
  log.throwIfErrors(paths.join(', '), 'Mend the battles, or leave those of other models out with --unknown leave-out.')
  if (battles.length > 0) return { battles, issues: log.summary() }
  throw new MimicitError('MIMICIT_EMPTY', {
    expected: 'at least one battle',
    where: paths.join(', '),
    received: 'none',
  })
}

function parseBattle(value: unknown, path: string, number: number, where: string): Battle {
  const battle = ofForm(value, path, number)
  if (battle === undefined) {
    const expected = '{"id", "a", "b", "winner": "a" | "b" | "tie" | "both-bad"}, no blank at an end of a name,'
    throw badBattle(expected, where, show(value))
  }
  if (battle.a === battle.b) throw badBattle('two models', where, `${show(battle.a)} against itself`)
  return battle
}

function ofForm(value: unknown, path: string, number: number): Battle | undefined {
  const plain = ours.safeParse(value)
  if (plain.success) return plain.data
  const fromArena = arena.safeParse(value)
  if (fromArena.success) {
    const { model_a: a, model_b: b, winner, ...ids } = fromArena.data
    // The same question is asked of many pairs, so that its id names no battle.
    return { id: ids.id ?? `${path}:${number}`, a, b, winner: ARENA_WINNERS[winner] }
  }
  const reviewed = review.safeParse(value)
  const [, a, b] = /^review_(.+)_([^_]+)\.jsonl$/.exec(basename(path)) ?? []
  if (!reviewed.success || a === undefined || b === undefined) return undefined
  const [left, right] = reviewed.data.score
  return { id: reviewed.data.review_id, a, b, winner: left === right ? 'tie' : left > right ? 'a' : 'b' }
}

const badBattle = (expected: string, where: string, received: string) =>
  new MimicitError('MIMICIT_BAD_RECORD', { expected, where, received, hint: 'docs/evaluate.md shows the forms.' })
