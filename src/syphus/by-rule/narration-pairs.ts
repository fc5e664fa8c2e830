// Narrations of somebody who wears a camera, told by that person: "C picks a knife" is what I do and what you are asked about.
import type { RandomStream } from '../../base/random.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import { segmentsOf } from '../in-words.js'
import { one, sentence, shuffled } from './draw.js'

type Asked = readonly [question: string, answer: string]

/** A deed of the wearer: what comes behind `I` and behind `you`. */
interface Deed {
  readonly i: string
  readonly you: string
}

const IRREGULAR: Readonly<Record<string, string>> = {
  is: 'am',
  has: 'have',
  does: 'do',
  goes: 'go',
  lies: 'lie',
  ties: 'tie',
  dies: 'die',
}

/** `picks` -> `pick`, `carries` -> `carry`, `washes` -> `wash`. */
function withoutS(verb: string): string {
  if (Object.hasOwn(IRREGULAR, verb)) return IRREGULAR[verb]!
  if (/[^aeiou]ies$/.test(verb)) return verb.replace(/ies$/, 'y')
  if (/(?:ch|sh|ss|x|zz|o)es$/.test(verb)) return verb.replace(/es$/, '')
  return /[^s]s$/.test(verb) ? verb.slice(0, -1) : verb
}

/** What a narration of the wearer says, or undefined where it is of somebody else, unsure, or not in the usual form. */
function deedOf(text: string): Deed | undefined {
  const [, verb, rest = ''] = /^#?C\s+C\s+([a-z]+s)\b\s*(.*)$/i.exec(text.trim()) ?? []
  if (verb === undefined || /#|\b[A-Z]\b/.test(rest) || /\bc\b/i.test(rest)) return undefined
  const plain = rest.replace(/[\s.]+$/, '')
  const say = (own: string, self: string, be: string) => {
    const first = verb.toLowerCase() === 'is' ? be : withoutS(verb.toLowerCase())
    const further = plain
      // A second deed is followed by what it is done to; a plural is not.
      .replace(
        /\band\s+([a-z]+s)\s+(?=(?:a|an|the|it|them|his|her)\b)/g,
        (_, second: string) => `and ${withoutS(second)} `,
      )
      .replace(/\b(?:his|her|their)\b/g, own)
      .replace(/\b(?:himself|herself|themselves)\b/g, self)
    return `${first} ${further}`.trim()
  }
  return { i: say('my', 'myself', 'am'), you: say('your', 'yourself', 'are') }
}

/** What somebody else does: `A man holds the shelf.` */
function otherOf(text: string): { readonly who: string; readonly told: string } | undefined {
  const [, who, rest = ''] =
    /^#?O\s+(?:a\s+|the\s+)?(man|woman|person|lady|boy|girl)\s+[A-Z]\s+([a-z]+s\b.*)$/i.exec(text.trim()) ?? []
  if (who === undefined || /#|\b[A-Z]\b/.test(rest)) return undefined
  return { who: who.toLowerCase(), told: sentence(`the ${who.toLowerCase()} ${rest}`) }
}

/** Questions with answers that are what the narration says. */
export function narrationPairs(annotation: VisualAnnotation, random: RandomStream): readonly Asked[] {
  const all = segmentsOf(annotation)
  const deeds = all.flatMap(({ text }) => deedOf(text) ?? [])
  const others = all.flatMap(({ text }) => otherOf(text) ?? [])
  const distinct = deeds.filter((deed, n) => n === 0 || deeds[n - 1]!.i !== deed.i)
  // What is done twice has no one place in the order.
  const once = distinct.filter(({ i }) => distinct.filter((other) => other.i === i).length === 1)
  const [first, last] = [distinct[0], distinct.at(-1)]
  if (first === undefined) return others.slice(0, 2).map(({ who, told }): Asked => [`What does the ${who} do?`, told])
  const whole: Asked = [
    one(random, ['What are you doing?', 'What do you do here, one thing after the other?', 'Please tell what you do.']),
    sentence(
      distinct
        .slice(0, 5)
        .map(({ i }, n) => `${n === 0 ? 'I' : n === 1 ? 'then I' : 'after that I'} ${i}`)
        .join(', '),
    ),
  ]
  const ends: readonly Asked[] =
    distinct.length < 2
      ? []
      : [
          [one(random, ['What do you do first?', 'What do you begin with?']), sentence(`first I ${first.i}`)],
          [one(random, ['What do you do last?', 'What do you do in the end?']), sentence(`in the end I ${last!.i}`)],
        ]
  const order = distinct.slice(1).flatMap((deed, n): readonly Asked[] => {
    const before = distinct[n]!
    if (!once.includes(before) || !once.includes(deed)) return []
    return [
      one(random, [
        [`What do you do after you ${before.you}?`, sentence(`I ${deed.i}`)] as const,
        [`What do you do before you ${deed.you}?`, sentence(`I ${before.i}`)] as const,
      ]),
    ]
  })
  const checks: readonly Asked[] = once.length < 2 ? [] : [checkOf(once, random)]
  const told = others
    .slice(0, 2)
    .map(
      ({ who, told }): Asked => [one(random, [`What does the ${who} do?`, `What is the ${who} near you doing?`]), told],
    )
  const pairs = [whole, ...shuffled(random, [...ends, ...shuffled(random, order).slice(0, 5), ...checks, ...told])]
  const seen = new Set<string>()
  return pairs.filter(([question]) => !seen.has(question) && seen.add(question)).slice(0, 10)
}

/** `Do you pick a knife before you cut the bread?` As often yes as no. */
function checkOf(once: readonly Deed[], random: RandomStream): Asked {
  const n = random.below(once.length - 1)
  const [a, b] = [once[n]!, once[n + 1]!]
  return random.below(2) === 0
    ? [`Do you ${a.you} before you ${b.you}?`, 'Yes, I do it in that order.']
    : [`Do you ${b.you} before you ${a.you}?`, 'No, I do it the other way round.']
}
