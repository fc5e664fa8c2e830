// Whether a thing is there: as often yes as no. Yes needs a box and, of things that are easily taken for others, a caption
// that says so; no needs that no word of any caption could mean it.

import { capital } from '../in-words.js'
import { isContested, isLoose } from './contested.js'
import { andList, one, shuffled } from './draw.js'
import { areaOf, type PictureFacts, type Seen } from './facts.js'
import { oneOf } from './mentions.js'
import { qa, type Saying } from './saying.js'
import { aThing, isMass, isOrAre, nounOf, severalOf, type Thing } from './things.js'

const isSaid = ({ saidOne, saidSeveral }: Seen) => saidOne + saidSeveral > 0

/** Things of which it can be said that they are there. */
export function certain({ seen, texts }: PictureFacts): readonly Seen[] {
  return seen.filter((each) => {
    const largest = each.boxes[0]
    if (isContested(each.thing, texts)) return false
    if (largest === undefined) return each.crowd && isSaid(each)
    if (texts.length > 0 && isLoose(each.thing) && !isSaid(each)) return false
    return areaOf(largest) >= (isSaid(each) ? 0.002 : 0.015)
  })
}

/** Whether they are spoken of as several: who says one of two says nothing wrong. */
export const isSeveral = ({ boxes, crowd, saidOne, saidSeveral }: Seen) =>
  (crowd || boxes.length > 1) && saidSeveral >= saidOne

/** `a dog`, `several dogs` */
export const inNumber = (each: Seen) => (isSeveral(each) ? severalOf(each.thing) : aThing(each.thing))

const asks = [
  (what: string, are: string) => `${are} there ${what} in the picture?`,
  (what: string) => `Can you see ${what} here?`,
  (what: string) => `Does this picture show ${what}?`,
  (what: string) => `Is it true that ${what} can be seen in this image?`,
]

/** What is there beside the things that are labelled, since two captions at least say so. */
const ALSO =
  `plate|mirror|window|wall|tree|building|fence|lamp|pole|helmet|mountain|rock|river|lake|field|beach|candle|platform|tray|fireplace|carpet|cabinet|counter|road|street|sidewalk|
path|trail|hill|tower|church|roof|doorway|curtain|desk|shelf|wave|tent|bridge|sign|leash|flower|branch|fruit|towel|pillow|blanket|rug|bush|statue|lamp post|jacket|hat`.split(
    /[|\n]+/,
  )

function saidBeside({ texts, seen }: PictureFacts): readonly string[] {
  return ALSO.filter((noun) => {
    const said = new RegExp(
      `(?<!no )\\b(?:an?|the|some|two|white|red|blue|green|of)\\s+(?:[a-z]+\\s+)?${noun}\\b(?!\\s+(?:sign|light|lamp|meter|frame))`,
    )
    return texts.filter((text) => said.test(text)).length >= 2 && !seen.some(({ thing }) => oneOf(thing).test(noun))
  })
}

interface There {
  readonly what: string
  readonly found: string
  readonly many: boolean
}

const withArticle = (noun: string) => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`

/** `Is there a dog?` */
export const presence: Saying = (facts, random) => {
  const labelled = certain(facts).map(
    (each): There => ({
      what: aThing(each.thing),
      found: inNumber(each),
      many: isSeveral(each) || isOrAre(each.thing) === 'are',
    }),
  )
  const said = saidBeside(facts).map(
    (noun): There => ({ what: withArticle(noun), found: withArticle(noun), many: false }),
  )
  const there = [...shuffled(random, labelled).slice(0, 2), ...shuffled(random, said)].slice(0, 2)
  const absent = pickAbsent(facts, random, there.length)
  return there
    .slice(0, absent.length)
    .flatMap(({ what, found, many }, n) => [
      qa(
        one(random, asks)(what, what === 'skis' ? 'Are' : 'Is'),
        one(random, [`Yes, there ${many ? 'are' : 'is'} ${found} in the picture.`, `Yes, ${found} can be seen.`]),
      ),
      isAbsent(absent[n]!, random),
    ])
}

function isAbsent(thing: Thing, random: Parameters<Saying>[1]) {
  const what = aThing(thing)
  const none = isMass(thing) || random.below(2) === 0 ? `no ${nounOf(thing)}` : `no ${severalOf(thing)}`
  const are = none === `no ${severalOf(thing)}` || isOrAre(thing) === 'are' ? 'are' : 'is'
  const answers = [`No, there ${are} ${none} in it.`, `No, ${what} cannot be seen here.`]
  return qa(one(random, asks)(what, isOrAre(thing) === 'are' ? 'Are' : 'Is'), one(random, answers))
}

/** `Are there any buses or boats?` */
export const neither: Saying = (facts, random) => {
  const [a, b, c, d, e, f] = pickAbsent(facts, random, 6).map(severalOf)
  const asked = ['Are there any', 'Can you see any', 'Does the picture show any']
  return [
    [a, b],
    [c, d],
    [e, f],
  ].flatMap(([x, y]) =>
    x === undefined || y === undefined
      ? []
      : [
          qa(
            `${one(random, asked)} ${x} or ${y}${random.below(2) === 0 ? ' here' : ''}?`,
            one(random, [`No, neither ${x} nor ${y}.`, `No, there are no ${x} and no ${y} in it.`]),
          ),
        ],
  )
}

/** `Which of these is there: a dog, a bus or a bed?` */
export const choice: Saying = (facts, random) => {
  const there = certain(facts).filter(({ thing }) => !isMass(thing))[0]
  const absent = pickAbsent(facts, random, 2).filter((thing) => !isMass(thing))
  if (there === undefined || absent.length < 2) return []
  const what = aThing(there.thing)
  const offered = andList(shuffled(random, [what, ...absent.map(aThing)]), 'or')
  const asked = [
    `Which of these is in the picture: ${offered}?`,
    `What can be seen here: ${offered}?`,
    `Only one of the following is shown. Is it ${offered}?`,
  ]
  return [
    qa(
      one(random, asked),
      one(random, [`It is ${what}.`, `Of these, only ${what} is in the picture.`, `${capital(what)}.`]),
    ),
  ]
}

function pickAbsent({ absent }: PictureFacts, random: Parameters<Saying>[1], count: number): readonly Thing[] {
  // Those that could be expected here, and some that could not.
  const near = shuffled(random, absent.slice(0, 8))
  const far = shuffled(random, absent.slice(8))
  return [...near.slice(0, Math.ceil(count / 2)), ...far, ...near.slice(Math.ceil(count / 2))].slice(0, count)
}
