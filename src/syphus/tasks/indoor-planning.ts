// Plans for what to do in a room of which the things are described: the SN part of MIMIC-IT, conversations of three rounds,
// each with a reason.
import { z } from 'zod'
import { randomStream } from '../../base/random.js'
import { annotation } from '../../import/annotations/annotation.js'
import { shuffled } from '../by-rule/draw.js'
import { ACTIVITIES, roomPlans } from '../by-rule/room-plans.js'
import { noCoordinates } from '../common-rules.js'
import { captionsOf, paragraphs, section } from '../in-words.js'
import { outputForm } from '../output-form.js'
import type { Task } from '../task.js'

/** Sentences that a prompt shows, and activities that it offers, as the original did. */
const SENTENCES = 50
const CANDIDATES = 9

const text = z.string().trim().min(1)

const plans = outputForm(
  'plans',
  'Answer with JSON and nothing else, in this form, with 3 conversations of 3 rounds each: {"conversations": [{"activity": "...", "rounds": [{"question": "...", "answer": "...", "reason": "..."}, ...]}, ...]}',
  z.object({
    conversations: z.array(
      z.object({ activity: text, rounds: z.array(z.object({ question: text, answer: text, reason: text })) }),
    ),
  }),
  ({ conversations }) =>
    conversations.flatMap(({ activity, rounds }, n) =>
      rounds.map(({ question, answer, reason }) => ({
        instruction: question,
        response: answer,
        conversation: `activity${n}`,
        notes: { activity, reason },
      })),
    ),
)

/** Of a room with more sentences than are shown, others would be shown every time; the room decides. */
const prompt: Task['prompt'] = (annotation) => {
  const said = shuffled(randomStream('indoor-planning 1', annotation.id), captionsOf(annotation)).slice(0, SENTENCES)
  const offered = shuffled(randomStream('indoor-planning 1 activities', annotation.id), ACTIVITIES).slice(0, CANDIDATES)
  return paragraphs(section('What is in the room', said), section('Activities to choose from', offered))
}

const example = annotation({
  id: 'example',
  mediaKind: 'images',
  mediaIds: ['example'],
  captions: [
    'this is a long wooden table. it stands in the middle of the room.',
    'there is a black chair. it is on the left side of the table.',
    'the whiteboard is white. it hangs on the wall behind the table.',
    'this is a grey trash can. it is beside the door.',
  ].map((text) => ({ text, mediaId: 'example' })),
})

const round = (question: string, answer: string, reason: string) => ({ question, answer, reason })

/** `indoor-planning` */
export const indoorPlanning: Task = {
  name: 'indoor-planning',
  version: 1,
  title: 'plans for activities in a room: three conversations of three rounds, with reasons',
  subset: 'SN',
  annotations: 'scanrefer',
  pictureFiles: (room) => [`${room}/color`, room.replace(/_\d{2}$/, ''), `${room.replace(/_\d{2}$/, '')}/color`],
  system: `You make training data for an assistant that sees a room from several sides and helps people to plan what they do in it. You are given sentences about things in the room, and some activities. Choose 3 of the activities that the room is good for and write a conversation of exactly 3 rounds about each: a person asks, the assistant answers and has a reason.

Let the rounds of a conversation build on each other, from whether and where it can be done to what is needed and what to take care of. Speak only of things that are in the room, and say where they are by what they stand next to. A reason says in one sentence what in the room makes the answer right.`,
  output: plans,
  rules: {
    minPairs: 9,
    maxPairs: 9,
    rounds: 3,
    forbidden: [noCoordinates],
    maxWords: { instruction: 60, response: 150 },
  },
  examples: [
    {
      user: prompt(example),
      reply: {
        conversations: [
          {
            activity: 'hold a meeting',
            rounds: [
              round(
                'Can we hold our weekly meeting here?',
                'Yes, you can sit around the long wooden table in the middle of the room.',
                'The table is long enough for several people.',
              ),
              round(
                'Where can I write down what we decide?',
                'Use the whiteboard on the wall behind the table.',
                'A whiteboard can be seen by everybody at the table.',
              ),
              round(
                'Where should I sit if I want to see the board?',
                'Take a seat on the side of the table that faces it, for example the black chair on the left, turned a little.',
                'The board hangs on one wall only, so not every seat faces it.',
              ),
            ],
          },
          {
            activity: 'play a board game',
            rounds: [
              round(
                'We would like to play a board game. Is there room for it?',
                'Yes, the long table in the middle has room for a board and several players.',
                'A large flat surface is all that a board game needs.',
              ),
              round(
                'How can we keep the score?',
                'Write it on the whiteboard behind the table.',
                'What stands on the board can be read and wiped away after each round.',
              ),
              round(
                'Where do we put the empty wrappers afterwards?',
                'Throw them into the grey trash can beside the door.',
                'It is the only bin in the room, and you pass it on your way out.',
              ),
            ],
          },
          {
            activity: 'tidy up',
            rounds: [
              round(
                'I have to tidy this room. What should I begin with?',
                'Begin with the long table, since it is what everybody sees first.',
                'It stands in the middle of the room.',
              ),
              round(
                'And then?',
                'Wipe the whiteboard and push the black chair back to the table.',
                'Both look untidy when they are left as they were.',
              ),
              round(
                'Where does the waste go?',
                'Into the grey trash can beside the door.',
                'It is the only bin in the room.',
              ),
            ],
          },
        ],
      },
    },
  ],
  relation: 'earlier-rounds',
  lacks: (annotation) => (captionsOf(annotation).length > 0 ? null : 'a sentence about the room'),
  prompt,
  byRule: roomPlans,
}
