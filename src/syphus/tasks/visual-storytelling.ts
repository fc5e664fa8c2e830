// Questions about the pictures of an album and the story that they tell: the VST part of MIMIC-IT.
import { annotation } from '../../import/annotations/annotation.js'
import { storyPairs } from '../by-rule/story-pairs.js'
import { AS_IF_SEEN } from '../common-rules.js'
import { captionsOf, hasWords, oneLine, paragraphs, section } from '../in-words.js'
import { pairList, pairsReply } from '../output-form.js'
import type { Task } from '../task.js'

const ORDINALS = ['First', 'Second', 'Third', 'Fourth', 'Fifth', 'Sixth', 'Seventh', 'Eighth', 'Ninth', 'Tenth']

const prompt: Task['prompt'] = (annotation) => {
  const { title, description, mediaIds, notes } = annotation
  const about = [
    ...(hasWords(title) ? [`Album: ${oneLine(title)}`] : []),
    ...(hasWords(description) ? [`About it: ${oneLine(description)}`] : []),
  ]
  const pictures = mediaIds.map((mediaId, n) => {
    const note = notes.find((each) => each.mediaId === mediaId)
    const parts = [
      ...(hasWords(note?.title) ? [`title "${oneLine(note.title)}"`] : []),
      ...(note !== undefined && note.tags.length > 0 ? [`tags ${note.tags.join(', ')}`] : []),
      ...captionsOf(annotation, mediaId),
    ]
    return `${ORDINALS[n] ?? `${n + 1}th`} picture: ${parts.join('; ')}`
  })
  return paragraphs(about.length > 0 ? [about.join('\n')] : [], section('Pictures', pictures))
}

const photos = ['p1', 'p2', 'p3']
const example = annotation({
  id: 'example',
  mediaKind: 'images',
  mediaIds: photos,
  title: 'Summer at the lake',
  captions: [
    'The family loaded the boat early in the morning.',
    'Everybody wanted to be the first to jump in.',
    'In the evening they grilled the fish that they had caught.',
  ].map((text, n) => ({ text, mediaId: photos[n]! })),
  notes: [{ mediaId: 'p1', title: 'all aboard', tags: ['boat', 'lake'] }],
})

/** `visual-storytelling` */
export const visualStorytelling: Task = {
  name: 'visual-storytelling',
  version: 1,
  title: 'questions about an album of pictures that tell a story',
  subset: 'VST',
  annotations: 'vist',
  system: `You make training data for an assistant that looks at pictures which together tell a story. You are told about the pictures of one album in their order: titles, tags, and a sentence of the story for each. Write 4 to 10 questions of somebody who looks through the album, each with its answer.

Look at the pictures as a curious viewer: ask what happens, who is there and what they seem to feel, how one picture leads to the next, what may have happened in between, and what the story as a whole is about. Questions may be imaginative; answers stay with what the pictures and their story give reason to think. Call pictures by what they show or by their place ("the second picture"), never by a number alone. ${AS_IF_SEEN}`,
  output: pairList,
  rules: { minPairs: 2, maxPairs: 12, forbidden: [], maxWords: { instruction: 60, response: 250 } },
  examples: [
    {
      user: prompt(example),
      reply: pairsReply(
        ['What is this album about?', 'It is about a family that spends a summer day on a lake.'],
        ['How does the day begin?', 'The family loads a boat early in the morning.'],
        [
          'How do they seem to feel before they go swimming?',
          'They seem excited: everybody wants to be the first to jump in.',
        ],
        [
          'What did they eat in the evening, and where did it come from?',
          'They ate grilled fish, which they had caught themselves.',
        ],
        [
          'What may have happened between the second and the last picture?',
          'After swimming they probably went fishing from the boat, since they have fish on the grill in the evening.',
        ],
      ),
    },
  ],
  relation: 'siblings',
  lacks: (annotation) => (captionsOf(annotation).length > 0 ? null : 'a sentence'),
  prompt,
  byRule: (annotation, random) => pairsReply(...storyPairs(annotation, random)),
}
