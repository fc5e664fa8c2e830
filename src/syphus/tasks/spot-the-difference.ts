// What has changed between two frames of a camera that does not move: the SD part of MIMIC-IT.
import { annotation } from '../../import/annotations/annotation.js'
import { changePairs } from '../by-rule/change-pairs.js'
import { AS_IF_SEEN } from '../common-rules.js'
import { captionsOf, paragraphs, section } from '../in-words.js'
import { pairList, pairsReply } from '../output-form.js'
import type { Task } from '../task.js'

const prompt: Task['prompt'] = (annotation) => paragraphs(section('What is different', captionsOf(annotation)))

const example = annotation({
  id: 'example',
  mediaKind: 'images',
  mediaIds: ['example_1', 'example_2'],
  captions: ['the white van by the gate is gone', 'two people walk across the lot'].map((text) => ({
    text,
    mediaId: null,
  })),
})

/** `spot-the-difference` */
export const spotTheDifference: Task = {
  name: 'spot-the-difference',
  version: 1,
  title: 'what has changed between two frames of the same place',
  subset: 'SD',
  annotations: 'spot-the-diff',
  // The frames of number 954 lie in 954.png and 954_2.png.
  pictureFiles: (mediaId) => {
    const [, number = '', which] = /^0*(\d+)_([12])$/.exec(mediaId) ?? []
    return which === '1' ? [number, `${number}_1`] : [`${number}_2`]
  },
  system: `You make training data for an assistant that compares two pictures. Both are frames of the same camera, taken one after the other. You are given the differences that people have seen between the first and the second. Write 2 to 6 questions about what has changed, each with its answer.

Ask about all changes together and about single ones: what is gone, what is new, who or what has moved. ${AS_IF_SEEN} The differences may not be all there are, so never say that nothing else has changed.`,
  output: pairList,
  rules: { minPairs: 2, maxPairs: 8, forbidden: [], maxWords: { instruction: 50, response: 150 } },
  examples: [
    {
      user: prompt(example),
      reply: pairsReply(
        [
          'What has changed between the two pictures?',
          'The white van by the gate is gone, and two people are walking across the lot.',
        ],
        ['What was by the gate in the first picture and is missing in the second?', 'A white van was there.'],
        [
          'Are there people in the second picture who were not there before?',
          'Yes, two people are walking across the lot.',
        ],
      ),
    },
  ],
  relation: 'siblings',
  lacks: (annotation) => (captionsOf(annotation).length > 0 ? null : 'a difference'),
  prompt,
  byRule: (annotation, random) => pairsReply(...changePairs(annotation, random)),
}
