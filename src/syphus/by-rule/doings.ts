// What somebody does, where something stands, and what somebody holds or wears: clauses of captions, asked for.

import { capital } from '../in-words.js'
import { one } from './draw.js'
import type { PictureFacts } from './facts.js'
import { qa, type Saying } from './saying.js'

const PEOPLE_ONE =
  'man|woman|boy|girl|child|kid|baby|toddler|lady|guy|person|player|skier|snowboarder|skateboarder|surfer|pitcher|batter'
const PEOPLE_MANY = 'men|women|boys|girls|children|kids|ladies|guys|people|players|skiers|surfers|friends'
const ANIMAL_ONE = 'dog|cat|bird|horse|cow|sheep|elephant|bear|zebra|giraffe|puppy|kitten|panda'
const ANIMAL_MANY = 'dogs|cats|birds|horses|cows|elephants|bears|zebras|giraffes'
const ONE = `${PEOPLE_ONE}|${ANIMAL_ONE}`
const MANY = `${PEOPLE_MANY}|${ANIMAL_MANY}`
const LEAD = String.raw`^(a|an|the|one|two|three|four|five|six|several|some)\s+((?:[\p{L}'-]+\s+){0,2}?)`
const NO_VERB =
  /^(?:building|ceiling|clothing|something|nothing|anything|everything|wedding|evening|morning|king|string|wing|ring|spring|during|being|having|painting|opening|railing|parking|skating)$/

const DOING = new RegExp(
  `${LEAD}(?:bear )?(${ONE}|${MANY})\\s+(?:is\\s+|are\\s+|that is\\s+|who is\\s+|that are\\s+)?(\\p{L}+ing)(\\s.+)?$`,
  'iu',
)
const WHERE =
  /^(a|an|the)\s+((?:[\p{L}'-]+\s+){1,4}?)(?:is\s+|that is\s+)?(?:sitting|standing|parked|lying|laying|resting|hanging|placed|sits|stands|lies|rests|hangs)\s+((?:on|in|at|next to|near|beside|behind|under|between|in front of|by|on top of|atop|inside|outside|along|against|over|above)\s[^,]+)$/iu
const HAS = new RegExp(
  `${LEAD}(${ONE})\\s+(?:is\\s+|that is\\s+|who is\\s+)?(?:\\p{L}+ing\\s+(?:\\p{L}+\\s+){0,6}?)?(holding|carrying|wearing|riding|eating|pulling)\\s+((?:an?|the|some|his|her|its)\\s+(?:[\\p{L}'-]+\\s+){0,3}?[\\p{L}'-]+(?:\\s+of\\s+[\\p{L}'-]+)?)(?=$|\\s+(?:on|in|at|with|while|and|next|near|by|to|over|under|through|down|up|along|as|behind|beside|from|across|for|around|into|that|,)\\b|,)`,
  'iu',
)

/** Of singular ones there must be one, else it is not clear who is asked about. */
function isClear(noun: string, { seen }: PictureFacts): boolean {
  if (new RegExp(`^(?:${MANY})$`, 'i').test(noun)) return true
  const name = new RegExp(`^(?:${PEOPLE_ONE})$`, 'i').test(noun)
    ? 'person'
    : ({ puppy: 'dog', kitten: 'cat', panda: 'bear' }[noun] ?? noun)
  const found = seen.find(({ thing }) => thing.name === name)
  return found === undefined || (found.boxes.length <= 2 && !found.crowd)
}

const withoutStop = (caption: string) => caption.replace(/[.!]+$/, '')
/** `a little` boy is `the little` boy once he was asked about; two boys stay two. */
const theOf = (lead: string) => (/^(?:an?|one|the)$/i.test(lead) ? 'the' : lead.toLowerCase())
const isMany = (noun: string) => new RegExp(`^(?:${MANY})$`, 'i').test(noun)

/** `The little boy`; of `a group of horses` it is the horses who do something. */
const subjectOf = (lead: string, kind: string, noun: string) =>
  capital(/\bof\b/i.test(kind) ? `the ${noun.toLowerCase()}` : `${theOf(lead)} ${kind}${noun}`.toLowerCase())

/** `What is the dog doing?` */
export const doings: Saying = (facts, random) =>
  facts.captions.flatMap((caption) => {
    const [, lead = '', kind = '', noun = '', verb = '', rest = ''] = DOING.exec(withoutStop(caption)) ?? []
    if (
      noun === '' ||
      /\b(?:and|station|railway)\b/i.test(kind) ||
      (isMany(noun) && /^(?:an?|one)$/i.test(lead) && !/\bof\b/i.test(kind)) ||
      NO_VERB.test(verb.toLowerCase()) ||
      /\b(?:is|are|was|were|has|have|others)\b/.test(rest) ||
      !isClear(noun.toLowerCase(), facts)
    )
      return []
    const are = isMany(noun) ? 'are' : 'is'
    // In short, as one asks; in full, as one tells.
    const asked = [
      `What ${are} the ${noun.toLowerCase()} doing?`,
      `What ${are} the ${noun.toLowerCase()} in the picture busy with?`,
      `Can you tell what the ${noun.toLowerCase()} ${are} doing?`,
    ]
    return [qa(one(random, asked), `${subjectOf(lead, kind, noun)} ${are} ${verb.toLowerCase()}${rest}.`)]
  })

/** `Where is the bicycle?` */
export const wheres: Saying = (facts, random) =>
  facts.captions.flatMap((caption) => {
    const [, , subject = '', place = ''] = WHERE.exec(withoutStop(caption)) ?? []
    const noun = subject.trim().toLowerCase()
    if (
      noun === '' ||
      /\b(?:of|and|with|that|who|people|men|women|children)\b/.test(noun) ||
      /\b(?:is|are|was|has)\b/.test(place)
    )
      return []
    if (/\b(?:and|eating|holding|while)\b/.test(place)) return []
    const last = noun.split(' ').at(-1)!
    if (new RegExp(`^(?:${PEOPLE_ONE})$`).test(last) || !isClear(last, facts) || /(?<!s)s$/.test(last)) return []
    const found = facts.seen.find(({ thing }) => thing.name === last || thing.name === noun)
    if (found !== undefined && found.boxes.length > 1) return []
    const asked = [`Where is the ${noun}?`, `Where can the ${noun} be found?`, `Can you say where the ${noun} is?`]
    return [qa(one(random, asked), one(random, [`The ${noun} is ${place}.`, `It is ${place}.`]))]
  })

/** `What is the girl holding?` */
export const havings: Saying = (facts, random) =>
  facts.captions.flatMap((caption) => {
    const [, lead = '', kind = '', noun = '', verb = '', what = ''] = HAS.exec(withoutStop(caption)) ?? []
    if (noun === '' || /\band\b/i.test(kind) || !isClear(noun.toLowerCase(), facts)) return []
    const asked = `What is the ${noun.toLowerCase()} ${verb.toLowerCase()}?`
    return [
      qa(asked, one(random, [`${subjectOf(lead, kind, noun)} is ${verb.toLowerCase()} ${what}.`, `${capital(what)}.`])),
    ]
  })
