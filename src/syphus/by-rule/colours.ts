// What colour something has, where captions say it and none says otherwise. Only of nouns that we know to be the thing that
// has the colour: in "a red stop sign" it is the sign, not the stop.

import { capital } from '../in-words.js'
import { one } from './draw.js'
import type { PictureFacts } from './facts.js'
import { oneOf } from './mentions.js'
import { qa, type Saying } from './saying.js'
import { things } from './things.js'

const COLOURS = 'red|blue|green|yellow|white|black|brown|orange|pink|purple|grey|gray|silver|golden|beige|tan|turquoise'

/** Nouns of which there is usually one in a picture, or all of the same colour. */
const NOUNS =
  `fire hydrant|stop sign|traffic light|parking meter|teddy bear|stuffed bear|panda bear|polar bear|fire truck|city bus|metro bus|school bus|tour bus|double decker bus|
stove top oven|bathroom sink|toilet seat|tennis court|bath tub|bathtub|cutting board|tea cup|t shirt|tennis ball|baseball bat|cell phone|computer mouse|wine glass|
cat|dog|bird|horse|cow|sheep|bear|zebra|bus|train|truck|car|van|motorcycle|motorbike|bike|bicycle|airplane|plane|jet|boat|ship|kite|umbrella|surfboard|snowboard|skateboard|frisbee|
couch|sofa|bed|chair|table|desk|bench|toilet|sink|bathtub|stove|oven|refrigerator|fridge|microwave|laptop|keyboard|phone|clock|vase|suitcase|backpack|purse|toothbrush|toothbrushes|
carpet|rug|wall|walls|floor|ceiling|curtain|curtains|cabinet|cabinets|door|headboard|tile|tiles|counter|blanket|wallpaper|countertop|
shirt|jacket|coat|dress|hat|cap|helmet|uniform|suit|tie|pants|shorts|skirt|sweater|vest|hair|apron|
plate|bowl|cup|mug|tray|cake|pizza|banana|bananas|apple|apples|flower|flowers|rose|roses|grass|sky|water|sand|snow|fence|building|house|roof|hydrant|sign|pole|tower|church|cows|cattle|horses|zebras|toilets|boats|buses|trucks|umbrellas|wine`.replace(
    /\n/g,
    '',
  )

/** What may come behind the noun, so that it is the noun and not a part of a longer one. */
const BEHIND = String.raw`(?=$|,|\s+(?:is|are|was|with|on|in|at|by|near|next|and|that|which|of|to|from|under|over|behind|beside|above|against|around|along|inside|outside|down|up|for|while|as|sits?|stands?|lies|lying|laying|sitting|standing|parked|flying|driving|hanging|filled|covered|walking|running|eating|resting|traveling|travelling|passes|stopped|set|placed|sitting|holding|sprays|has|who|into|through|across|drives?|going|sticking|attached|leaning|floating|playing|looking|sleeping|sitting|feeding|rubs|grazing|grazes|posing|waiting|pulling|being|full|top|front|high|in)\b)`
const SAID = new RegExp(
  String.raw`(?<!\p{L})(?:(light|dark|bright)\s+)?(${COLOURS})(?:(\s+and\s+|\s*,\s*|\s+)(${COLOURS}))?\s+(?:(?:small|large|big|little|long|short|old|young|wooden|leather|stuffed|shaggy|double|painted|fluffy|furry|plastic|metal|ceramic|glass|tiled|adult|baby|sandy|wool|paved)\s+)?(${NOUNS})${BEHIND}`,
  'gu',
)

interface Coloured {
  readonly noun: string
  readonly colour: string
}

/** Every colour that captions name, of nouns that have only one in all of them. */
function namedColours({ texts, seen }: Pick<PictureFacts, 'texts' | 'seen'>): readonly Coloured[] {
  const said = new Map<string, Set<string>>()
  const saying = new Map<string, number>()
  for (const text of texts) {
    for (const [, shade, first = '', join, second, noun = ''] of text.matchAll(SAID)) {
      if (second !== undefined && (join ?? '').trim() === '') continue
      const names = [first, ...(second === undefined ? [] : [second])]
        .map((name) => (name === 'gray' ? 'grey' : name))
        .sort()
      const colour = `${shade === undefined ? '' : `${shade} `}${names.join(' and ')}`
      const key = singularOf(noun)
      said.set(key, (said.get(key) ?? new Set()).add(colour))
      saying.set(key, (saying.get(key) ?? 0) + 1)
    }
  }
  return [...said].flatMap(([noun, colours]) => {
    const [colour = ''] = colours
    // Two colours are of parts of it, as often as not; then one voice is not enough.
    const few = colour.includes(' and ') && saying.get(noun)! < 2
    if (colours.size > 1 || few || severalDiffer(noun, texts, seen)) return []
    return [{ noun: nounIn(noun, texts), colour }]
  })
}

/** A colour of one of several things that are there would be asked of any of them. */
function severalDiffer(noun: string, texts: readonly string[], seen: PictureFacts['seen']): boolean {
  const plural = nounIn(noun, texts) !== noun
  const thing = [...things.values()].find((each) => oneOf(each).test(noun) && noun !== 'suit')
  const found = seen.find((each) => each.thing === thing)
  const people = seen.find((each) => each.thing.name === 'person')
  if (WORN.test(noun) && (people?.boxes.length ?? 0) > 1) return true
  return !plural && found !== undefined && (found.crowd || found.boxes.length > 1 || found.saidSeveral > 0)
}

const WORN =
  /^(?:shirt|t shirt|jacket|coat|dress|hat|cap|helmet|uniform|suit|tie|pants|short|skirt|sweater|vest|hair|apron)$/

const singularOf = (noun: string) =>
  /^(?:pants|grass|glass|bus|cattle|dress|(?:\w+ )+(?:bus|glass))$/.test(noun)
    ? noun
    : noun.replace(/(?<=bus|brush)es$/, '').replace(/(?<!s)s$/, '')

/** The noun as captions have it, in the plural if any does. */
function nounIn(noun: string, texts: readonly string[]): string {
  const plural = new RegExp(`(?<!\\p{L})${noun}(?:e?s)(?!\\p{L})`, 'u').exec(texts.join(' , '))?.[0]
  return plural ?? noun
}

const isPlural = (noun: string) =>
  noun === 'cattle' || noun === 'pants' || (/s$/.test(noun) && noun === nounPlural(noun))
const nounPlural = (noun: string) => (singularOf(noun) === noun ? `${noun}s` : noun)

/** `What colour is the couch?` */
export const colours: Saying = (facts, random) =>
  namedColours(facts).flatMap(({ noun, colour }) => {
    const shown = noun === 't shirt' ? 't-shirt' : noun
    const are = isPlural(noun) ? 'are' : 'is'
    const asked = [
      `What colour ${are} the ${shown}?`,
      `Which colour ${are === 'are' ? 'do' : 'does'} the ${shown} have?`,
      `Can you tell me the colour of the ${shown}?`,
    ]
    const it = are === 'are' ? 'They are' : 'It is'
    return [qa(one(random, asked), one(random, [`The ${shown} ${are} ${colour}.`, `${it} ${colour}.`]))]
  })

/** `Is the couch blue?` As often right as wrong. */
export const colourChecks: Saying = (facts, random) =>
  namedColours(facts).flatMap(({ noun, colour }) => {
    const shown = noun === 't shirt' ? 't-shirt' : noun
    const many = isPlural(noun)
    const [are, it] = many ? ['are', 'they are'] : ['is', 'it is']
    if (random.below(2) === 0) return [qa(`${capital(are)} the ${shown} ${colour}?`, `Yes, ${it} ${colour}.`)]
    const others = OTHERS.filter(
      (other) =>
        !colour.includes(other) &&
        !NEAR.some((near) => near.has(other) && [...near].some((each) => colour.includes(each))),
    )
    return [qa(`${capital(are)} the ${shown} ${one(random, others)}?`, `No, ${it} ${colour}.`)]
  })

const OTHERS = ['red', 'blue', 'green', 'yellow', 'white', 'black', 'brown', 'orange', 'pink', 'purple', 'grey']
/** People do not agree where one of these ends and the other begins. */
const NEAR = [
  ['red', 'orange', 'pink', 'purple', 'brown'],
  ['yellow', 'orange', 'golden', 'beige', 'tan', 'white', 'brown'],
  ['white', 'grey', 'silver', 'black'],
  ['blue', 'purple', 'green', 'turquoise', 'grey'],
  ['black', 'brown', 'grey'],
].map((names) => new Set(names))
