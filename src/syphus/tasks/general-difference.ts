// What tells two pictures apart that are alike: the CGD part of MIMIC-IT, two pairs for two pictures.
import { annotation, type VisualAnnotation } from '../../import/annotations/annotation.js'
import { differencePairs } from '../by-rule/change-pairs.js'
import { AS_IF_SEEN, noCoordinates } from '../common-rules.js'
import { captionsOf, objectLines, paragraphs, section } from '../in-words.js'
import { pairList, pairsReply } from '../output-form.js'
import type { Task } from '../task.js'

const SIDES = ['First', 'Second']

const prompt: Task['prompt'] = (annotation) =>
  paragraphs(
    ...annotation.mediaIds
      .slice(0, 2)
      .flatMap((mediaId, n) => [
        section(`${SIDES[n]} picture, captions`, captionsOf(annotation, mediaId)),
        section(
          `${SIDES[n]} picture, objects (left, top, right, bottom as shares of width and height)`,
          objectLines(annotation, mediaId),
        ),
      ]),
  )

const example = annotation({
  id: 'example',
  mediaKind: 'images',
  mediaIds: ['a', 'b'],
  captions: [
    { text: 'A man rides a brown horse along a beach.', mediaId: 'a' },
    { text: 'Three horses stand in a meadow behind a fence.', mediaId: 'b' },
  ],
  objects: [
    { category: 'person', box: [0.4, 0.2, 0.55, 0.6], crowd: false, mediaId: 'a' },
    { category: 'horse', box: [0.3, 0.4, 0.7, 0.9], crowd: false, mediaId: 'a' },
    { category: 'horse', box: [0.1, 0.4, 0.3, 0.7], crowd: false, mediaId: 'b' },
    { category: 'horse', box: [0.4, 0.42, 0.58, 0.7], crowd: false, mediaId: 'b' },
    { category: 'horse', box: [0.7, 0.45, 0.9, 0.72], crowd: false, mediaId: 'b' },
  ],
})

/** Whether something is known of both pictures. */
const isKnown = (annotation: VisualAnnotation) =>
  annotation.mediaIds.length === 2 &&
  annotation.mediaIds.every(
    (mediaId) =>
      captionsOf(annotation, mediaId).length +
        annotation.objects.filter((object) => object.mediaId === mediaId).length >
      0,
  )

/** `general-difference` */
export const generalDifference: Task = {
  name: 'general-difference',
  version: 1,
  title: 'what tells two pictures apart: exactly two pairs',
  subset: 'CGD',
  annotations: 'coco-pairs',
  system: `You make training data for an assistant that compares two pictures. You are told about two pictures: sentences that people wrote about each, and objects in each with their places. Write exactly 2 questions about how the two pictures differ, each with its answer.

Each question needs both pictures: what one has and the other has not, how the same kind of thing or deed differs, where the scenes differ. Answer in one to three sentences, and name the pictures as the first and the second. ${AS_IF_SEEN}`,
  output: pairList,
  rules: { minPairs: 2, maxPairs: 2, forbidden: [noCoordinates], maxWords: { instruction: 60, response: 200 } },
  examples: [
    {
      user: prompt(example),
      reply: pairsReply(
        [
          'What is the difference between the places where the horses are?',
          'In the first picture the horse is on a beach, while the horses in the second picture are in a meadow with a fence.',
        ],
        [
          'How do the horses in the two pictures differ in number and in what they do?',
          'In the first picture a single horse carries a rider, in the second three horses stand by themselves.',
        ],
      ),
    },
  ],
  relation: 'siblings',
  lacks: (annotation) => (isKnown(annotation) ? null : 'a caption or an object of each of two pictures'),
  prompt,
  byRule: (annotation, random) => pairsReply(...differencePairs(annotation, random)),
}
