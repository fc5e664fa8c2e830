// Where things are: in the picture, and to each other. Only of things of which there is one, with a margin that leaves no doubt.
import type { NormalisedBox } from '../../import/annotations/annotation.js'
import { capital } from '../in-words.js'
import { one, shuffled } from './draw.js'
import { areaOf, type PictureFacts, type Seen } from './facts.js'
import { certain } from './presence.js'
import { qa, type Saying } from './saying.js'
import { isMass, isOrAre, theThing } from './things.js'

/** What is there once, as far as anybody says. */
function uniqueThings(facts: PictureFacts): readonly Seen[] {
  return certain(facts).filter(
    ({ thing, boxes, crowd, saidSeveral, numbers }) =>
      boxes.length === 1 &&
      !crowd &&
      saidSeveral === 0 &&
      numbers.size === 0 &&
      !isMass(thing) &&
      areaOf(boxes[0]!) > 0.008,
  )
}

/** In words, or undefined where none fit. */
function placeOf([left, top, right, bottom]: NormalisedBox): string | undefined {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2]
  const side = right < 0.48 && x < 0.36 ? 'left' : left > 0.52 && x > 0.64 ? 'right' : undefined
  const height = bottom < 0.48 && y < 0.36 ? 'top' : top > 0.52 && y > 0.64 ? 'bottom' : undefined
  const middle = x > 0.4 && x < 0.6
  if (side !== undefined && height !== undefined) return `in the ${height} ${side} part`
  if (side !== undefined) return `on the ${side} side`
  if (height !== undefined && middle) return `in the middle of the ${height} part`
  return middle && y > 0.35 && y < 0.65 && right - left < 0.9 ? 'in the middle' : undefined
}

/** `In which part of the picture is the dog?` */
export const inPicture: Saying = (facts, random) =>
  shuffled(random, uniqueThings(facts)).flatMap(({ thing, boxes }) => {
    const place = placeOf(boxes[0]!)
    if (place === undefined) return []
    const the = theThing(thing)
    const asked = [
      `In which part of the picture is ${the}?`,
      `Where in the image is ${the}?`,
      `Where would you look for ${the} in this picture?`,
    ]
    return [
      qa(
        one(random, asked),
        one(random, [
          `${capital(the)} is ${place} of the picture.`,
          `${thing.name === 'person' ? capital(the) : 'It'} is ${place} of the image.`,
        ]),
      ),
    ]
  })

interface Two {
  readonly a: Seen
  readonly b: Seen
}

function* twos(things: readonly Seen[]): Generator<Two> {
  for (const a of things) for (const b of things) if (a !== b) yield { a, b }
}

/** `Is the dog to the left of the couch?`: boxes side by side, which do not overlap. */
export const beside: Saying = (facts, random) =>
  shuffled(random, [...twos(uniqueThings(facts))]).flatMap(({ a, b }) => {
    const [x, y] = [a.boxes[0]!, b.boxes[0]!]
    if (x[2] > y[0] - 0.02) return []
    const [left, right] = [theThing(a.thing), theThing(b.thing)]
    return [
      one(random, [
        qa(`Is ${left} to the left or to the right of ${right}?`, `${capital(left)} is to the left of ${right}.`),
        qa(`Is ${right} on the right of ${left}?`, `Yes, ${right} is on the right of ${left}.`),
        qa(`Is ${right} on the left of ${left}?`, `No, it is on the right of ${left}.`),
        qa(
          `Which is further to the left in the picture, ${left} or ${right}?`,
          `${capital(left)} is further to the left.`,
        ),
        qa(`Which is further to the right, ${left} or ${right}?`, `${capital(right)} is.`),
      ]),
    ]
  })

/** `Which is higher up in the picture?` */
export const above: Saying = (facts, random) =>
  shuffled(random, [...twos(uniqueThings(facts))]).flatMap(({ a, b }) => {
    const [x, y] = [a.boxes[0]!, b.boxes[0]!]
    if (x[3] > y[1] - 0.02) return []
    const [upper, lower] = [theThing(a.thing), theThing(b.thing)]
    return [
      one(random, [
        qa(
          `Which is higher up in the picture, ${lower} or ${upper}?`,
          `${capital(upper)} is higher up in the picture.`,
        ),
        qa(`Is ${lower} lower in the picture than ${upper}?`, `Yes, it is lower than ${upper}.`),
        qa(`Is ${lower} higher up in the image than ${upper}?`, `No, ${upper} ${isOrAre(a.thing)} higher up.`),
      ]),
    ]
  })

/** `Which takes up more of the picture?`: twice as much at least. */
export const larger: Saying = (facts, random) =>
  shuffled(random, [...twos(uniqueThings(facts))]).flatMap(({ a, b }) => {
    if (areaOf(a.boxes[0]!) < 2.2 * areaOf(b.boxes[0]!)) return []
    const [large, small] = [theThing(a.thing), theThing(b.thing)]
    const [first, second] = one(random, [
      [large, small],
      [small, large],
    ] as const)
    const asked = [
      `Which takes up more of the picture, ${first} or ${second}?`,
      `What covers a larger part of the image: ${first} or ${second}?`,
    ]
    return [qa(one(random, asked), one(random, [`${capital(large)} takes up more of it.`, `${capital(large)} does.`]))]
  })
