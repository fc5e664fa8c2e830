// The arena: two answers, nobody knows whose, and a vote that is on the disk before the next two are shown.
import { z } from 'zod'
import { isMimicitError, MimicitError, show } from '../../base/errors.js'
import { parseOptions } from '../../base/options.js'
import type { Battle, Winner } from '../../evaluate/elo/battles.js'
import { rateModels } from '../../evaluate/elo/rate-models.js'
import { json, type Route } from '../http/route.js'
import type { ShownDataset } from '../view/shown-dataset.js'
import type { ArenaRatings, ArenaState, Bout } from '../wire.js'
import { readAnswers } from './answers.js'
import { type PlannedBout, planBouts } from './bouts.js'
import { openVotes } from './votes.js'

/** What is voted on, and where votes go. */
export interface ArenaOptions {
  /** Files of answers. */
  readonly answers: readonly string[]
  /** JSON Lines that `mimicit eval elo` reads; votes are added to those that are there. */
  readonly out: string
  /** Of order and sides. @default 0 */
  readonly seed?: number
}

const SIDES = ['left', 'right', 'tie', 'both-bad'] as const
const voteSchema = z.strictObject({ id: z.string(), winner: z.enum(SIDES) })

/** An arena that is open. */
export interface Arena {
  readonly routes: readonly Route[]
  /** Lets another one have the file of votes. */
  close(): Promise<void>
}

/**
 * Opens the arena.
 * @throws MimicitError those of reading answers and of opening votes; MIMICIT_EMPTY if no two models differ in an answer
 */
export async function openArena(
  { answers: paths, out, seed = 0 }: ArenaOptions,
  shown: ShownDataset | undefined,
): Promise<Arena> {
  const answers = await readAnswers(paths)
  const bouts = planBouts(answers, seed)
  if (bouts.length === 0) {
    throw new MimicitError('MIMICIT_EMPTY', {
      expected: 'a question that two models answer differently',
      where: paths.join(', '),
      received: `answers of ${[...answers.keys()].join(', ') || 'nobody'} without one`,
      hint: 'Answers meet by the `id` of their pair.',
    })
  }
  const votes = await openVotes(out)
  const battles: Battle[] = [...votes.earlier]
  const done = new Set(battles.map(({ id }) => id))
  let writing: Promise<unknown> = Promise.resolve()

  const shownBout = async ({ id, question, left, right }: PlannedBout): Promise<Bout> => {
    const said = (model: string) => answers.get(model)!.get(question)!
    return { id, question, left: said(left), right: said(right), ...(await questionOf(shown, question)) }
  }
  const state = async (): Promise<ArenaState> => {
    const open = bouts.filter(({ id }) => !done.has(id))
    const bout = open[0] === undefined ? null : await shownBout(open[0])
    return { bout, voted: battles.length, left: open.length, models: answers.size }
  }
  const vote = async (given: unknown) => {
    const { id, winner } = parseOptions('a vote', voteSchema, given)
    const bout = bouts.find((one) => one.id === id)
    if (bout === undefined || done.has(id)) {
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: 'a bout that is open',
        where: 'a vote',
        received: bout === undefined ? show(id) : `${show(id)}, which has its vote`,
        ...(bout !== undefined && { hint: 'Another window may have cast it.' }),
      })
    }
    done.add(id)
    const { question, left, right } = bout
    const battle: Battle = { id, a: left, b: right, winner: winnerOf(winner) }
    try {
      await votes.add({ ...battle, question, at: new Date().toISOString() })
    } catch (error) {
      done.delete(id)
      throw error
    }
    battles.push(battle)
    return { left, right }
  }

  const routes: readonly Route[] = [
    { method: 'GET', path: '/api/arena', handle: async () => json(await state()) },
    {
      method: 'POST',
      path: '/api/arena/votes',
      async handle({ body }) {
        const given = await body()
        // One after another: a line must never stand inside another.
        const written = writing.then(() => vote(given))
        writing = written.catch(() => undefined)
        return json({ models: await written, next: await state() })
      },
    },
    { method: 'GET', path: '/api/arena/ratings', handle: () => json(ratingsOf(battles)) },
  ]
  return { routes, close: votes.close }
}

/** The left answer is that of the first model. */
const winnerOf = (side: (typeof SIDES)[number]): Winner => (side === 'left' ? 'a' : side === 'right' ? 'b' : side)

function ratingsOf(battles: readonly Battle[]): ArenaRatings {
  if (battles.length === 0) return { battles: 0, models: [] }
  const { models } = rateModels(battles, { bootstrap: 200, orders: 1 })
  return { battles: battles.length, models }
}

/** What was asked, with its pictures, where the data set knows the id. */
async function questionOf(shown: ShownDataset | undefined, id: string) {
  const none = { instruction: null, reference: null, pictures: [] }
  if (shown === undefined) return none
  try {
    const { instruction, response, media } = await shown.dataset.pairById(id)
    return { instruction, reference: response, pictures: media }
  } catch (error) {
    if (isMimicitError(error, 'MIMICIT_NOT_FOUND')) return none
    throw error
  }
}
