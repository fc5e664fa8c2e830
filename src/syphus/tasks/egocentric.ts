// Questions to whoever wears the camera: the E4D part of MIMIC-IT. The one who asks says "you", the one who answers says "I".
import { annotation } from '../../import/annotations/annotation.js'
import { narrationPairs } from '../by-rule/narration-pairs.js'
import { AS_IF_SEEN, NO_CLOCK, noFrameNumbers, noTimeStamps } from '../common-rules.js'
import { paragraphs, section, segmentsOf } from '../in-words.js'
import { pairList, pairsReply } from '../output-form.js'
import type { ForbiddenText, Task } from '../task.js'

/** Narrations call people by letters. */
const noLetters: ForbiddenText = {
  in: 'both',
  pattern:
    /#\p{L}+|\b(?:man|woman|person|lady|boy|girl|individual)\s+[A-Z]\b|\b[CO]\s(?=\p{Ll}+s\b)|\b[Cc]amera wearer\b/u,
  rule: 'letter-for-person',
  reason:
    'it calls somebody by a letter of the narration or speaks of the camera; say "I", "you", "the man" or "another person"',
}

const prompt: Task['prompt'] = (annotation) => {
  const segments = segmentsOf(annotation)
  const from = annotation.span?.[0] ?? segments[0]?.startSeconds ?? 0
  return paragraphs(
    section(
      'Narration (C wears the camera, letters stand for other people)',
      segments.map(({ startSeconds, text }) => `${(startSeconds - from).toFixed(1)} s: ${text}`),
    ),
  )
}

const example = annotation({
  id: 'example',
  mediaKind: 'video',
  mediaIds: ['example'],
  durationSeconds: 16,
  span: [32, 48],
  segments: [
    { startSeconds: 33.1, endSeconds: 34.1, text: '#C C opens the drawer' },
    { startSeconds: 36.8, endSeconds: 37.8, text: '#C C picks a screwdriver with his right hand' },
    { startSeconds: 41.2, endSeconds: 42.2, text: '#O man X holds the shelf' },
    { startSeconds: 44, endSeconds: 45, text: '#C C tightens a screw of the shelf' },
  ],
})

/** `egocentric` */
export const egocentric: Task = {
  name: 'egocentric',
  version: 1,
  title: 'questions to somebody who wears a camera: "you" asks, "I" answers',
  subset: 'E4D',
  annotations: 'ego4d',
  system: `You make training data for an assistant that lives in glasses with a camera. You are given a narration of some seconds of what their wearer does and sees. Write at least 6 questions about it, each with its answer.

In questions the wearer is "you", in answers the wearer is "I". Ask what you do, with what and where, what you did before or will do next, what others do, what you could be aiming at. Other people are "the man", "a woman", "another person", never letters. Be concise: most answers are one sentence. ${NO_CLOCK} ${AS_IF_SEEN}`,
  output: pairList,
  rules: {
    minPairs: 6,
    maxPairs: 14,
    forbidden: [noTimeStamps, noFrameNumbers, noLetters],
    notPersons: { instruction: ['first'], response: ['second'] },
    maxWords: { instruction: 40, response: 80 },
  },
  examples: [
    {
      user: prompt(example),
      reply: pairsReply(
        ['What do you open?', 'I open the drawer.'],
        ['What do you take after you have opened the drawer?', 'I take a screwdriver with my right hand.'],
        ['Who else is there?', 'There is a man who holds the shelf.'],
        ['What is the man doing while you work?', 'He holds the shelf.'],
        ['What do you use the screwdriver for?', 'I tighten a screw of the shelf with it.'],
        [
          'What are you doing together with the man?',
          'We are putting up or repairing a shelf: he holds it and I tighten a screw.',
        ],
      ),
    },
  ],
  relation: 'siblings',
  lacks: (annotation) => (segmentsOf(annotation).length > 0 ? null : 'a narration'),
  prompt,
  byRule: (annotation, random) => pairsReply(...narrationPairs(annotation, random)),
}
