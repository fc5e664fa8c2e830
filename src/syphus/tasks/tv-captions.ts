// Questions about a scene of a television show: the TVC part of MIMIC-IT. Whoever watches a short clip does not know what the
// characters are called, so nobody is named.
import { annotation } from '../../import/annotations/annotation.js'
import { namelessMoments } from '../by-rule/nameless.js'
import { AS_IF_SEEN, NO_CLOCK, noFrameNumbers, noNames, noTimeStamps } from '../common-rules.js'
import { paragraphs, section, segmentsOf } from '../in-words.js'
import { pairList, pairsReply } from '../output-form.js'
import type { Task } from '../task.js'

const prompt: Task['prompt'] = (annotation) =>
  paragraphs(
    section(
      'What happens, in this order',
      segmentsOf(annotation).map(({ text }) => text),
    ),
  )

const example = annotation({
  id: 'example',
  mediaKind: 'video',
  mediaIds: ['example'],
  durationSeconds: 60,
  segments: [
    { startSeconds: 2, endSeconds: 8, text: 'Nora pours coffee into two cups and hands one to Ben.' },
    { startSeconds: 9, endSeconds: 20, text: 'Ben reads a letter while he leans on the kitchen counter.' },
    { startSeconds: 31, endSeconds: 44, text: 'Nora takes the letter away from Ben and laughs.' },
  ],
})

/** `tv-captions` */
export const tvCaptions: Task = {
  name: 'tv-captions',
  version: 1,
  title: 'questions about a scene of a television show, without names',
  subset: 'TVC',
  annotations: 'tvc',
  system: `You make training data for an assistant that watches scenes of television shows. You are given descriptions of what happens in one scene, in order. Write about 8 questions that somebody who sees the scene for the first time could ask, each with its answer.

Such a person does not know what anybody is called: never write a name, also where you are given one, but say "the woman", "the man in the kitchen" or "the other one". Ask what people do, how they seem to feel and why, what they say or hold, where it takes place, and what happens before and after. Let some answers be short and some explain in two or three sentences. ${NO_CLOCK} ${AS_IF_SEEN}`,
  output: pairList,
  rules: {
    minPairs: 4,
    maxPairs: 12,
    forbidden: [noTimeStamps, noFrameNumbers, noNames],
    maxWords: { instruction: 60, response: 200 },
  },
  examples: [
    {
      user: prompt(example),
      reply: pairsReply(
        ['Where does the scene take place?', 'It takes place in a kitchen.'],
        ['What does the woman pour?', 'She pours coffee into two cups.'],
        ['Who gets the second cup?', 'She hands it to the man who is with her.'],
        ['What is the man doing while he leans on the counter?', 'He is reading a letter.'],
        ['What happens to the letter in the end?', 'The woman takes it away from the man.'],
        ['Is the woman angry when she takes the letter?', 'No, she laughs.'],
        [
          'How do the two seem to get on with each other?',
          'They seem to be close: she brings him coffee, and she takes the letter from his hand with a laugh.',
        ],
      ),
    },
  ],
  relation: 'siblings',
  lacks: (annotation) => (segmentsOf(annotation).length > 0 ? null : 'the description of a moment'),
  prompt,
  byRule: (annotation, random) => pairsReply(...namelessMoments(annotation, random)),
}
