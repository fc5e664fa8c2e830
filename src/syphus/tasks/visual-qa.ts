// Questions about one picture of which captions and boxes are known, as rounds of a conversation: what LLaVA's conversations
// are, and the LACONV part of MIMIC-IT.
import { annotation } from '../../import/annotations/annotation.js'
import { AS_IF_SEEN, noCoordinates } from '../common-rules.js'
import { captionsOf, objectLines, paragraphs, section } from '../in-words.js'
import { pairList, pairsReply } from '../output-form.js'
import type { Task } from '../task.js'

const prompt: Task['prompt'] = (annotation) =>
  paragraphs(
    section('Captions', captionsOf(annotation)),
    section('Objects (left, top, right, bottom as shares of width and height)', objectLines(annotation)),
  )

const mediaId = 'example'
const example = annotation({
  id: mediaId,
  mediaKind: 'images',
  mediaIds: [mediaId],
  captions: [
    { text: 'Two children fly a red kite on a wide beach.', mediaId },
    { text: 'A boy and a girl play with a kite while a dog watches them.', mediaId },
  ],
  objects: [
    { category: 'person', box: [0.21, 0.48, 0.3, 0.87], crowd: false, mediaId },
    { category: 'person', box: [0.34, 0.5, 0.42, 0.86], crowd: false, mediaId },
    { category: 'kite', box: [0.62, 0.08, 0.78, 0.22], crowd: false, mediaId },
    { category: 'dog', box: [0.7, 0.74, 0.84, 0.9], crowd: false, mediaId },
  ],
})

/** `visual-qa` */
export const visualQa: Task = {
  name: 'visual-qa',
  version: 1,
  title: 'a conversation about one picture with captions and boxes',
  subset: 'LACONV',
  picturePrefix: 'LA',
  annotations: 'coco',
  system: `You make training data for an assistant that sees pictures. You are told about one picture: sentences that people wrote about it, and objects in it with their places. Write a conversation of 8 to 12 questions and answers about this picture between a person and the assistant.

Vary the questions: which things there are, how many, what they look like, where they stand to each other, what is going on, what is not there, and one or two that need reasoning about why or what for. Let answers be whole sentences, from a few words where the question is simple to several sentences where it needs an explanation. ${AS_IF_SEEN} The list of objects may leave some out, so count only where captions and list agree.`,
  output: pairList,
  rules: { minPairs: 8, maxPairs: 16, forbidden: [noCoordinates], maxWords: { instruction: 60, response: 250 } },
  examples: [
    {
      user: prompt(example),
      reply: pairsReply(
        ['What are the children doing?', 'They are flying a red kite together on the beach.'],
        ['How many children are there?', 'There are two children, a boy and a girl.'],
        ['What colour is the kite?', 'The kite is red.'],
        ['Is the kite higher up than the children?', 'Yes, it flies above them and further to the right.'],
        ['Which animal is with them?', 'A dog is with them.'],
        ['Where is the dog?', 'The dog is on the right, below the kite, and it watches the children.'],
        ['Is there a boat to be seen?', 'No, there is no boat.'],
        [
          'Why is this a good place for what they are doing?',
          'The beach is wide, so there is room to run with the kite and hardly anything that its line could be caught in.',
        ],
      ),
    },
  ],
  relation: 'earlier-rounds',
  lacks: (annotation) =>
    captionsOf(annotation).length + annotation.objects.length > 0 ? null : 'a caption or an object',
  prompt,
}
