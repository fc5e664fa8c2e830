// The picture as a whole: what it shows, what is in it, where it was taken.

import { andList, one, shuffled } from './draw.js'
import type { PictureFacts } from './facts.js'
import { certain, isSeveral } from './presence.js'
import { qa, type Saying } from './saying.js'
import { aThing, isMass, severalOf } from './things.js'

/** The caption that says most of what others say as well. */
export const overview: Saying = ({ captions }, random) => {
  const [best] = captions
  if (best === undefined) return []
  const asked = [
    'What does this picture show?',
    'What is happening in this picture?',
    'Please describe the picture in one sentence.',
    'What can you see in this image?',
    'Give a short description of the image.',
  ]
  return [qa(one(random, asked), best)]
}

/** What other captions say beside the first. */
export const inDetail: Saying = ({ captions }, random) => {
  const [first, ...others] = captions
  if (first === undefined) return []
  const asked = [
    'What else can you tell me about this picture?',
    'How would somebody else describe this picture?',
    'Please say in other words what is shown.',
    'Can you describe the scene differently?',
  ]
  const order = shuffled(random, asked)
  return others
    .filter((other) => sharedWords(first, other) < 0.6)
    .slice(0, 2)
    .map((other, n) => qa(order[n]!, other))
}

function sharedWords(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => new Set(text.toLowerCase().match(/\p{L}{3,}/gu) ?? []))
  return [...x!].filter((word) => y!.has(word)).length / Math.max(1, Math.min(x!.size, y!.size))
}

/** The largest things. */
export const inventory: Saying = (facts, random) => {
  const there = certain(facts).slice(0, 5)
  if (there.length < 2) return []
  const named = there.map((each) =>
    isSeveral(each) && !isMass(each.thing) ? severalOf(each.thing) : aThing(each.thing),
  )
  const asked = [
    'Which things can be seen in the picture?',
    'Name some of the things that are shown.',
    'What objects are in this image?',
    'List a few things that you can see.',
  ]
  return [
    qa(
      one(random, asked),
      one(random, [
        `Among other things there ${/^an? /.test(named[0]!) ? 'is' : 'are'} ${andList(named)}.`,
        `You can see ${andList(named)}.`,
      ]),
    ),
  ]
}

interface Setting {
  readonly noun: string
  readonly where: 'in' | 'on' | 'at'
  /** Null = it can be either. */
  readonly indoors: boolean | null
}

const place = (where: Setting['where'], indoors: boolean | null, ...nouns: readonly string[]): readonly Setting[] =>
  nouns.map((noun) => ({ noun, where, indoors }))

const SETTINGS: readonly Setting[] = [
  ...place(
    'in',
    true,
    'kitchen',
    'bathroom',
    'bedroom',
    'living room',
    'dining room',
    'classroom',
    'office',
    'hotel room',
  ),
  ...place('in', null, 'restaurant', 'zoo', 'barn'),
  ...place('in', false, 'park', 'forest', 'parking lot', 'grassy field'),
  ...place('on', false, 'beach', 'street', 'tennis court', 'baseball field', 'farm', 'hill', 'ski slope', 'dirt road'),
  ...place('at', null, 'airport', 'train station', 'subway station', 'station'),
  ...place('at', false, 'bus stop', 'skate park'),
]

/** Words that only go with one of the two. */
const OUTDOORS =
  /\b(?:outdoors?|outside|beach|ocean|waves?|street|road|sidewalk|sky|field|meadow|hill|hillside|mountains?|forest|woods|trees?|tarmac|grass|grassy|snow|ski slope|river|lake|parking lot|skate ?park|tennis court|baseball field|parking meter|traffic|intersection|trail|path)\b/
const INDOORS =
  /\b(?:indoors?|inside|kitchen|bathroom|bedroom|living room|dining room|classroom|office|cubicle|couch|desk|bed|sink|ceiling)\b/

const saysPlace = (text: string, { noun }: Setting) =>
  new RegExp(`\\b(?:in|on|at|of|inside|through|down) (?:an? |the |this )(?:[a-z]+ ){0,2}?${noun}\\b`).test(text) ||
  new RegExp(`^(?:an?|the) (?:[a-z]+ )?${noun} `).test(text)

/** Two captions at least name the place, and none another. */
function settingOf({ texts }: PictureFacts): Setting | undefined {
  const found = SETTINGS.filter((each) => texts.filter((text) => saysPlace(text, each)).length >= 2)
  const named = found.filter(({ noun }) => !found.some((other) => other.noun !== noun && other.noun.endsWith(noun)))
  return named.length === 1 ? named[0] : undefined
}

/** `What kind of place is this?` */
export const setting: Saying = (facts, random) => {
  const found = settingOf(facts)
  if (found === undefined) return []
  const what = `${/^[aeiou]/.test(found.noun) ? 'an' : 'a'} ${found.noun}`
  return [
    one(random, [
      qa('Where was this picture taken?', `It was taken ${found.where} ${what}.`),
      qa('What kind of place is this?', `This is ${what}.`),
      qa('What is the setting of the picture?', `The setting is ${what}.`),
      qa('Where does this scene take place?', `It takes place ${found.where} ${what}.`),
    ]),
  ]
}

/** `Is this indoors or outdoors?` Two captions at least speak for it, and none against it. */
export const indoorsOrOutdoors: Saying = ({ texts }, random) => {
  const [outside, inside] = [OUTDOORS, INDOORS].map((words) => texts.filter((text) => words.test(text)).length)
  if (Math.max(outside!, inside!) < 2 || Math.min(outside!, inside!) > 0) return []
  const [is, isNot] = outside! > 0 ? ['outdoors', 'indoors'] : ['indoors', 'outdoors']
  return [
    one(random, [
      qa('Was this picture taken indoors or outdoors?', `It was taken ${is}.`),
      qa(`Is this scene ${is}?`, `Yes, it is ${is}.`),
      qa(`Is this scene ${isNot}?`, `No, it is ${is}.`),
    ]),
  ]
}
