// The review of Syphus' candidates: how the search stands, answers of the person, pictures of the candidate in hand.
import { z } from 'zod'
import { MimicitError } from '../../base/errors.js'
import { parseOptions } from '../../base/options.js'
import type { VisualFolder } from '../../syphus/run/visuals.js'
import { shrinkPicture } from '../../vision/shrink.js'
import { json, type Route } from '../http/route.js'
import { whole } from '../view/query.js'
import type { DeskAnswer, ReviewDesk } from './review-desk.js'

/** What is reviewed. */
export interface ColdStartReview {
  readonly desk: ReviewDesk
  /** Where the pictures of annotations lie; without it candidates are shown without. */
  readonly images?: VisualFolder | undefined
}

const answerSchema = z.object({
  question: z.int().min(1),
  answer: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('accept') }),
    z.strictObject({ kind: z.literal('edit'), reply: z.unknown() }),
    z.strictObject({ kind: z.literal('reject'), reason: z.string().max(10_000).optional() }),
    z.strictObject({ kind: z.literal('remove'), annotation: z.string() }),
    z.strictObject({ kind: z.literal('stop') }),
    z.strictObject({ kind: z.literal('next-round') }),
    z.strictObject({ kind: z.literal('finish') }),
  ]),
})

/** Pixels of the longer side of a picture that is shown. */
const SIDE = 1024

/** Routes of a review. */
export function coldStartRoutes({ desk, images }: ColdStartReview): readonly Route[] {
  const pathsOf = async (question: number): Promise<readonly string[]> => {
    const visuals = desk.candidate(question)?.visuals
    if (visuals === undefined || images === undefined) return []
    const found = await images.find(visuals)
    return 'missing' in found ? [] : found.paths
  }
  return [
    {
      method: 'GET',
      path: '/api/cold-start',
      handle: ({ signal }) => ({ kind: 'events', events: desk.views(signal) }),
    },
    {
      method: 'POST',
      path: '/api/cold-start/answers',
      async handle({ body }) {
        const { question, answer } = parseOptions('an answer', answerSchema, await body())
        desk.answer(question, answer as DeskAnswer)
        return json({})
      },
    },
    {
      method: 'GET',
      path: '/api/cold-start/:question/pictures',
      handle: async ({ params }) => json({ pictures: (await pathsOf(numberOf(params.question))).length }),
    },
    {
      method: 'GET',
      path: '/api/cold-start/:question/pictures/:n',
      async handle({ params }) {
        const path = (await pathsOf(numberOf(params.question)))[whole('a picture', params.n, [0, 1e6])]
        if (path === undefined) {
          throw new MimicitError('MIMICIT_NOT_FOUND', {
            expected: 'a picture of the candidate in hand',
            where: `question ${params.question}`,
            received: `picture ${params.n}`,
          })
        }
        const { bytes, format } = await shrinkPicture(await images!.read(path), SIDE, path)
        return { kind: 'bytes', bytes, type: `image/${format}`, keepMs: 0 }
      },
    },
  ]
}

const numberOf = (text: string | undefined) => whole('the number of a question', text, [1, Number.MAX_SAFE_INTEGER])
