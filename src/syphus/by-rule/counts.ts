// How many there are. Labels stop early and leave small ones out, so a number is only told where captions and boxes agree.

import { capital } from '../in-words.js'
import { isContested } from './contested.js'
import { one } from './draw.js'
import { areaOf, type PictureFacts, type Seen } from './facts.js'
import { NUMBERS } from './mentions.js'
import { inNumber } from './presence.js'
import { qa, type Saying } from './saying.js'
import { isMass, severalOf, theThing } from './things.js'

/** The number of a thing, where boxes and captions agree on it; else undefined. */
function agreedCount({ boxes, crowd, saidOne, saidSeveral, numbers }: Seen): number | undefined {
  const count = boxes.length
  if (crowd || count === 0 || count > 10) return undefined
  const others = [...numbers].filter((number) => number !== count)
  if (others.length > 0) return undefined
  // Where some speak of one, one of several is something else: a bidet beside a toilet.
  if (count > 1) return numbers.has(count) && saidSeveral > saidOne ? count : undefined
  return saidOne >= 2 && saidSeveral === 0 && areaOf(boxes[0]!) > 0.004 ? 1 : undefined
}

const asks = [
  (several: string) => `How many ${several} are there in the picture?`,
  (several: string) => `How many ${several} can be seen?`,
  (several: string) => `What is the number of ${several} shown here?`,
]

/** `How many dogs are there?` */
export const counts: Saying = ({ seen, texts }, random) =>
  seen.flatMap((each) => {
    const count = agreedCount(each)
    const { thing } = each
    if (count === undefined || isMass(thing) || isContested(thing, texts)) return []
    const number = NUMBERS[count]!
    const noun = count === 1 ? inNumber(each).replace(/^an? /, '') : severalOf(thing)
    const are = count === 1 ? 'is' : 'are'
    const answers = [
      `There ${are} ${number} ${noun}.`,
      `${capital(number)}.`,
      `${capital(number)} ${noun} can be seen.`,
    ]
    return [qa(one(random, asks)(severalOf(thing)), one(random, answers))]
  })

/** `Is there more than one dog?` Yes needs two boxes that are no specks, no needs that the number is agreed. */
export const moreThanOne: Saying = (facts: PictureFacts, random) =>
  facts.seen.flatMap((each) => {
    const { thing, boxes, saidOne, saidSeveral } = each
    if (isMass(thing) || isContested(thing, facts.texts)) return []
    const large = boxes.filter((box) => areaOf(box) > 0.004)
    const noun = inNumber({ ...each, boxes: boxes.slice(0, 1), crowd: false, saidSeveral: 0 }).replace(/^an? /, '')
    const asked = one(random, [
      `Is there more than one ${noun} in the picture?`,
      `Does the picture show more than one ${noun}?`,
    ])
    if (large.length > 1 && saidSeveral > saidOne) {
      return [
        qa(
          asked,
          one(random, [`Yes, there are several ${severalOf(thing)}.`, `Yes, more than one ${noun} can be seen.`]),
        ),
      ]
    }
    if (agreedCount(each) !== 1) return []
    return [qa(asked, one(random, [`No, there is only one ${noun}.`, `No, ${theThing(thing)} is the only one.`]))]
  })
