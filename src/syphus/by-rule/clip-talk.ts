// What can be asked of a clip of which only sentences are known: what is told of it, and which of five sentences is about it.
import type { RandomStream } from '../../base/random.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import { captionsOf } from '../in-words.js'
import { one, sentence, shuffled } from './draw.js'

const LETTERS = ['A', 'B', 'C', 'D', 'E'] as const

/** Sentences about other clips. */
const OTHERS = [
  'A chef decorates a wedding cake with sugar roses in a quiet kitchen.',
  'Two scientists measure the depth of a frozen lake in Norway.',
  'A tailor sews the sleeve of a velvet coat at his workbench.',
  'An orchestra tunes its instruments before a concert begins.',
  'A farmer drives a tractor slowly across a field of potatoes.',
  'A librarian puts old maps back into a wooden drawer.',
  'Workers paint the hull of a large ship in a dry dock.',
  'A potter shapes a tall jug on a turning wheel.',
  'A beekeeper lifts a honeycomb out of its hive.',
  'Climbers rest on a ledge high above a glacier.',
  'A postman sorts letters by street in an empty office.',
  'A gardener cuts a long hedge into the shape of waves.',
] as const

/** English; rules translate nothing. */
const isEnglish = (text: string) => !/[^\p{Script=Latin}\p{P}\p{N}\p{Z}\p{S}]/u.test(text)

const told = (annotation: VisualAnnotation) => captionsOf(annotation).filter(isEnglish).map(sentence)
const contentOf = (text: string) => new Set(text.toLowerCase().match(/\p{L}{4,}/gu) ?? [])

/** A choice among five, of which four are about something else. */
export function clipChoice(annotation: VisualAnnotation, random: RandomStream) {
  const captions = told(annotation)
  const said = contentOf(captions.join(' '))
  const wrong = shuffled(
    random,
    OTHERS.filter((other) => ![...contentOf(other)].some((word) => said.has(word))),
  )
  const [right] = shuffled(
    random,
    captions.filter((text) => text.split(' ').length <= 45),
  )
  if (right === undefined || wrong.length < 4) return { questions: [] }
  const options = shuffled(random, [right, ...wrong.slice(0, 4)])
  const question = one(random, [
    'Which of these sentences is about the clip?',
    'Which of the following is true of this video?',
    'What is told here that fits the video?',
  ])
  return { questions: [{ question, options, answer: LETTERS[options.indexOf(right)]! }] }
}

/** What is told, one thing after the other. */
export function clipDialogue(
  annotation: VisualAnnotation,
  random: RandomStream,
): readonly (readonly [string, string])[] {
  const [first, ...others] = told(annotation)
  if (first === undefined) return []
  const more = shuffled(random, [
    'What else can be said about it?',
    'Can you tell more about this clip?',
    'Is there anything else to say about the video?',
    'And what more?',
    'How else would you describe it?',
  ])
  return [
    [
      one(random, [
        'What can you tell about this clip?',
        'What is this video about?',
        'Please tell something about the clip.',
      ]),
      first,
    ],
    ...others.slice(0, more.length).map((text, n) => [more[n]!, text] as const),
  ]
}
