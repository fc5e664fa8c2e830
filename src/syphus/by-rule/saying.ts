// What a way of asking makes of a picture: questions with answers that are true of it.
import type { RandomStream } from '../../base/random.js'
import type { DraftPair } from '../draft-pair.js'
import type { PictureFacts } from './facts.js'

/** A way of asking. It gives what it can, best first, down to nothing. */
export type Saying = (facts: PictureFacts, random: RandomStream) => readonly DraftPair[]

/** A question with its answer. */
export const qa = (instruction: string, response: string): DraftPair => ({ instruction, response })
