// Questions about a clip of which moments are described, as of ActivityNet: the DC part of MIMIC-IT.
import { annotation } from '../../import/annotations/annotation.js'
import { AS_IF_SEEN, NO_CLOCK, noFrameNumbers, noTimeStamps } from '../common-rules.js'
import { paragraphs, section, segmentsOf, spanInWords } from '../in-words.js'
import { pairList, pairsReply } from '../output-form.js'
import type { Task } from '../task.js'

const prompt: Task['prompt'] = (annotation) => {
  const { durationSeconds } = annotation
  return paragraphs(
    durationSeconds === null ? [] : [`Length of the clip: ${Math.round(durationSeconds)} s`],
    section(
      'Moments',
      segmentsOf(annotation).map((segment) => `${spanInWords(segment)}: ${segment.text}`),
    ),
  )
}

const example = annotation({
  id: 'example',
  mediaKind: 'video',
  mediaIds: ['example'],
  durationSeconds: 74,
  segments: [
    { startSeconds: 0, endSeconds: 11.2, text: 'A woman in a green apron lays dough on a floured table.' },
    { startSeconds: 10.5, endSeconds: 41, text: 'She rolls the dough flat and cuts it into long strips.' },
    { startSeconds: 43, endSeconds: 74, text: 'She hangs the strips over a wooden rack and wipes the table clean.' },
  ],
})

/** `dense-captions` */
export const denseCaptions: Task = {
  name: 'dense-captions',
  version: 1,
  title: 'questions about a clip whose moments are described',
  subset: 'DC',
  annotations: 'activitynet-captions',
  system: `You make training data for an assistant that watches videos. You are given descriptions of moments of one clip, each with its time; they may overlap. Write about 8 questions that somebody who watches the clip could ask, each with its answer.

Ask about what is done and how, who and what is to be seen, the order of events, what comes before or after something, causes and aims, and how the clip ends. Let some answers be short and some explain in two or three sentences. ${NO_CLOCK} ${AS_IF_SEEN}`,
  output: pairList,
  rules: {
    minPairs: 4,
    maxPairs: 12,
    forbidden: [noTimeStamps, noFrameNumbers],
    maxWords: { instruction: 60, response: 200 },
  },
  examples: [
    {
      user: prompt(example),
      reply: pairsReply(
        ['What is the woman making?', 'She is making long strips of pasta out of dough.'],
        ['What does she do first?', 'She lays dough on a table that is dusted with flour.'],
        ['What is she wearing?', 'She wears a green apron.'],
        ['What happens to the dough before it is cut?', 'It is rolled flat.'],
        ['Where do the strips end up?', 'She hangs them over a wooden rack.'],
        ['Does she clean the table before or after she cuts the dough?', 'She wipes it after she has cut the dough.'],
        [
          'Why might there be flour on the table?',
          'Flour keeps the dough from sticking to the table while it is rolled out.',
        ],
        ['How does the clip end?', 'It ends with the strips on the rack and the woman wiping the table.'],
      ),
    },
  ],
  relation: 'siblings',
  lacks: (annotation) => (segmentsOf(annotation).length > 0 ? null : 'the description of a moment'),
  prompt,
}
