// Questions about what has changed between two pictures of a place, and about what tells two pictures apart.
import type { RandomStream } from '../../base/random.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import { captionsOf } from '../in-words.js'
import { andList, one, sentence } from './draw.js'
import { pictureFacts, type Seen } from './facts.js'
import { certain, inNumber } from './presence.js'
import { aThing } from './things.js'

type Asked = readonly [question: string, answer: string]

const NO_CHANGE = /\b(?:no|not any|nothing|none)\b.*\b(?:differen|chang|visible)|\b(?:same|identical|unchanged)\b/i
const SUBJECTS =
  /\b(cars?|vans?|trucks?|person|people|man|men|woman|women|child|children|bikes?|bus|group|shadow|vehicles?)\b/gi

/** Two frames of one camera. */
export function changePairs(annotation: VisualAnnotation, random: RandomStream): readonly Asked[] {
  const all = captionsOf(annotation)
  const changes = all.filter((text) => !NO_CHANGE.test(text))
  if (changes.length === 0) {
    return [
      [
        one(random, ['What has changed between the two pictures?', 'What is different in the second picture?']),
        'Nothing seems to have changed.',
      ],
      [
        one(random, ['Is there a difference between the two pictures?', 'Do the two pictures differ?']),
        'No, they look the same.',
      ],
    ]
  }
  const whole: Asked = [
    one(random, [
      'What has changed between the two pictures?',
      'What is different in the second picture?',
      'Compare the two pictures: what has changed?',
      'Which changes can you see from the first picture to the second?',
    ]),
    changes.map(sentence).join(' '),
  ]
  const is: Asked = [
    one(random, [
      'Is there any difference between the two pictures?',
      'Has anything changed from the first picture to the second?',
      'Do the two pictures differ?',
    ]),
    `Yes. ${sentence(changes[0]!)}`,
  ]
  // One change is about a thing if no other speaks of it.
  const single = changes.slice(0, 4).flatMap((text, n): readonly Asked[] => {
    const [subject] = text.match(SUBJECTS) ?? []
    const isAlone =
      subject !== undefined &&
      changes.every((other, m) => m === n || !other.toLowerCase().includes(subject.toLowerCase().replace(/s$/, '')))
    return isAlone && changes.length > 1
      ? [[`What has changed about the ${subject.toLowerCase()}?`, sentence(text)]]
      : []
  })
  const name: Asked = [
    one(random, ['Name one thing that has changed.', 'Tell one difference between the pictures.']),
    sentence(changes.at(-1)!),
  ]
  return [whole, is, ...single, ...(changes.length > 1 ? [name] : [])]
}

/** Two pictures that are alike: what each shows, and what only one of them has. */
export function differencePairs(annotation: VisualAnnotation, random: RandomStream): readonly Asked[] {
  const [a, b] = annotation.mediaIds
  const [first, second] = [pictureFacts(annotation, a), pictureFacts(annotation, b)]
  const [here, there] = [first.captions[0], second.captions[0]]
  if (here === undefined || there === undefined) return []
  const whole: Asked = [
    one(random, [
      'What is the difference between the two pictures?',
      'How do the two pictures differ?',
      'Compare the two pictures.',
    ]),
    `The first picture: ${here} The second picture: ${there}`,
  ]
  const only = (own: typeof first, other: typeof first): readonly Seen[] =>
    certain(own).filter(({ thing }) => other.absent.includes(thing))
  const [mine, yours] = [only(first, second), only(second, first)]
  if (mine.length + yours.length === 0) {
    return [
      whole,
      [one(random, ['What does the second picture show?', 'What can be seen in the second picture?']), there],
    ]
  }
  const [which, found] = mine.length > 0 ? (['first', mine] as const) : (['second', yours] as const)
  const other = which === 'first' ? 'second' : 'first'
  const what = andList(found.slice(0, 3).map(inNumber))
  const [one_] = found
  const named: Asked =
    random.below(2) === 0
      ? [
          `What can be seen in the ${which} picture, but not in the ${other} one?`,
          sentence(`Only the ${which} picture shows ${what}`),
        ]
      : [`In which of the two pictures is there ${aThing(one_!.thing)}?`, `In the ${which} one.`]
  return [whole, named]
}
