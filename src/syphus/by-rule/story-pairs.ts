// Questions about an album and its story: what is told first, last, next, and in all.
import type { RandomStream } from '../../base/random.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import { captionsOf, hasWords, oneLine } from '../in-words.js'
import { one, sentence, shuffled } from './draw.js'

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh']
type Asked = readonly [question: string, answer: string]

/** Questions with answers that are what the story says. */
export function storyPairs(annotation: VisualAnnotation, random: RandomStream): readonly Asked[] {
  // Whoever else told a story of the same picture told another one.
  const told = annotation.mediaIds.flatMap((mediaId, n) => {
    const [text] = captionsOf(annotation, mediaId)
    const place = ORDINALS[n]
    return text === undefined || place === undefined ? [] : [{ place, text: sentence(text) }]
  })
  const story = told.map(({ text }) => text).join(' ')
  if (told.length < 2)
    return told.map(
      ({ text }): Asked => [
        one(random, ['Which story is told here?', 'What is told of this?', 'What is going on here?']),
        text,
      ],
    )
  const [first, last] = [told[0]!, told.at(-1)!]
  const next = told
    .slice(1)
    .map(
      ({ text, place }, n): Asked => [
        one(random, [
          `What comes after the ${told[n]!.place} picture?`,
          `How does the story go on after the ${told[n]!.place} picture?`,
          `What is told by the ${place} picture?`,
        ]),
        text,
      ],
    )
  const { title } = annotation
  const titled: readonly Asked[] = hasWords(title)
    ? [[one(random, ['What is the title of this album?', 'What is the album called?']), sentence(oneLine(title))]]
    : []
  return [
    [
      one(random, [
        'Which story do these pictures tell?',
        'Please tell the story of these pictures in their order.',
        'What happens in this album?',
      ]),
      story,
    ],
    ...shuffled(random, [
      [
        one(random, [
          'How does the story begin?',
          'What does the first picture tell?',
          'What happens at the beginning?',
        ]),
        first.text,
      ] as const,
      [
        one(random, ['How does the story end?', 'What does the last picture tell?', 'What happens in the end?']),
        last.text,
      ] as const,
      ...shuffled(random, next.slice(0, -1)).slice(0, 2),
      ...titled,
    ]),
  ]
}
