// What can be relied on of one picture: captions that do not stand alone with what they claim, things with their boxes and
// with how captions speak of them, and things that are certainly not there. Everything that is said by rule is made of this.
import type { NormalisedBox, VisualAnnotation } from '../../import/annotations/annotation.js'
import { captionsOf } from '../in-words.js'
import { isContested } from './contested.js'
import { sentence } from './draw.js'
import { isHinted, isNamed, numbersOf, oneOf, severalWords, wordsPattern } from './mentions.js'
import { familyWords, type Thing, things } from './things.js'

/** A thing that is in the picture. */
export interface Seen {
  readonly thing: Thing
  /** Of single ones, largest first, of one thing once. */
  readonly boxes: readonly NormalisedBox[]
  /** Whether there are more of them than boxes. */
  readonly crowd: boolean
  /** Captions that speak of one, and of several. */
  readonly saidOne: number
  readonly saidSeveral: number
  /** Numbers that captions give. */
  readonly numbers: ReadonlySet<number>
}

/** What is known of one picture. */
export interface PictureFacts {
  /** Sentences that can be relied on, the one that says most of what others say as well first. */
  readonly captions: readonly string[]
  /** All of them, in small letters and without punctuation marks other than commas. */
  readonly texts: readonly string[]
  /** Largest first. */
  readonly seen: readonly Seen[]
  /** Things that are not there, those that could be expected first. */
  readonly absent: readonly Thing[]
}

/** Left, top, right, bottom. */
export const areaOf = ([left, top, right, bottom]: NormalisedBox) =>
  Math.max(0, right - left) * Math.max(0, bottom - top)

/** Learns what can be relied on. @param mediaId the picture */
export function pictureFacts(annotation: VisualAnnotation, mediaId: string | undefined): PictureFacts {
  const raw = captionsOf(annotation, mediaId).map((text) => text.replace(OF_ITSELF, ''))
  const texts = raw.map((text) => plainText(text))
  const objects = annotation.objects.filter((object) => mediaId === undefined || object.mediaId === mediaId)
  const seen: Seen[] = []
  for (const [name, thing] of things) {
    const own = objects.filter(({ category }) => category === name)
    if (own.length === 0) continue
    const boxes = own.filter(({ crowd }) => !crowd).map(({ box }) => box)
    seen.push({
      thing,
      boxes: distinct(boxes.filter((box) => areaOf(box) > 0).sort((a, b) => areaOf(b) - areaOf(a))),
      crowd: own.some(({ crowd }) => crowd),
      saidOne: texts.filter((text) => oneOf(thing).test(text)).length,
      saidSeveral: texts.filter((text) => severalWords(thing).test(text)).length,
      numbers: new Set(texts.flatMap((text) => numbersOf(thing, text))),
    })
  }
  const bySize = (a: Seen, b: Seen) => sizeOf(b) - sizeOf(a)
  return {
    captions: reliable(raw, texts, seen, objects.length > 0),
    texts,
    seen: seen.sort(bySize),
    absent: objects.length === 0 ? [] : absentThings(seen, texts),
  }
}

const sizeOf = ({ boxes }: Seen) => (boxes[0] === undefined ? 0 : areaOf(boxes[0]))

/** Letters that shout are made small, and what a caption says of being a caption is left out. */
function plainText(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s,'-]/gu, ' ')
    .replace(/-/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Two boxes around the same thing are one thing. */
function distinct(boxes: readonly NormalisedBox[]): readonly NormalisedBox[] {
  return boxes.filter((box, n) => !boxes.slice(0, n).some((other) => overlap(box, other) > 0.6))
}

/** What two boxes share, as a part of what they cover together. */
export function overlap(a: NormalisedBox, b: NormalisedBox): number {
  const shared = areaOf([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])])
  return shared / (areaOf(a) + areaOf(b) - shared)
}

/** Captions are written by people who differ: who stands alone with a thing or a number may be wrong, and opinions are no facts. */
const OPINION =
  /\b(?:i|we|you|your|my|our|pretty|beautiful|cute|nice|delicious|wonderful(?:ly)?|lovely|ugly|gorgeous|awesome|amazing|great|looks? like|appears?|seems?|probably|maybe|possibly|might|may|some sort|some kind|unknown|funny|interesting|strange|weird|perfect)\b/
/** `A close up picture of` */
const OF_ITSELF =
  /^(?:this is )?(?:an? |the )?(?:[a-z-]+ )?(?:close ?up )?(?:picture|photo|photograph|image|view|shot|close ?up) of (?=an? |the |some |two |three )/i
const ABOUT_ITSELF =
  /\b(?:image|photo|photograph|view|shot|close ?up|illusion|diorama|cartoon|illustration|painting|cgi)\b/

/** Slips that make another sentence of it, and guesses about what was before. */
const NO_CLAUSE =
  /\b(?:an? (?:women|men|people|children|now|stacked)|\w+ing \w+ing \w+ing|looking of|two \w+ing|with fried and|just|going to|about to|getting ready)\b|^(?:she|he|they|it|this|there)\b/

/** Words that cannot both be right; who is in the minority is not relied on. */
const RIVALS = [
  [/\b(?:man|men|guy|guys|boy|boys|male|he|his|him)\b/, /\b(?:woman|women|lady|ladies|girl|girls|female|she|her)\b/],
  [/\b(?:indoors|inside|kitchen|bedroom|bathroom|living room)\b/, /\b(?:outdoors|outside|beach|field|street)\b/],
  [/\b(?:boy|girl|child|kid|toddler)s?\b/, /\b(?:man|woman|lady|guy|adult)s?\b/],
  [/\bbehind\b/, /\b(?:in fron?t of|beside|next to)\b/],
] as const

function isAlone(text: string, texts: readonly string[]): boolean {
  return RIVALS.some((rivals) => {
    const [one, other] = rivals.map(
      (words) => texts.filter((each) => words.test(each) && !rivals.every((both) => both.test(each))).length,
    )
    const [isOne, isOther] = rivals.map((words) => words.test(text))
    return (isOne && !isOther && other! >= one!) || (isOther && !isOne && one! >= other!)
  })
}

function reliable(raw: readonly string[], texts: readonly string[], seen: readonly Seen[], hasObjects: boolean) {
  const content = texts.map(
    (text) => new Set(text.split(/[\s,]+/).filter((word) => word.length > 2 && !FILLERS.has(word))),
  )
  const isFine = (text: string, n: number) => {
    const length = text.split(' ').length
    if (length < 5 || length > 30 || OPINION.test(text) || ABOUT_ITSELF.test(text) || NO_CLAUSE.test(text)) return false
    if (isAlone(text, texts)) return false
    for (const [name, thing] of things) {
      if (!isNamed(thing, text)) continue
      if (isContested(thing, texts)) return false
      if (seen.some((each) => each.thing.name === name)) continue
      // Somebody calls a couch a chair.
      if (seen.some((each) => each.thing.confusedWith.has(name))) return false
      const others = texts.filter((other, m) => m !== n && isNamed(thing, other))
      if (hasObjects && others.length === 0) return false
    }
    return seen.every(({ thing, boxes, crowd }) =>
      numbersOf(thing, text).every(
        (number) => crowd || boxes.length === 0 || boxes.length === number || boxes.length > 8,
      ),
    )
  }
  const score = (n: number) => {
    const own = [...content[n]!]
    const agreed = own.map(
      (word) => content.filter((words, m) => m !== n && words.has(word)).length / Math.max(1, texts.length - 1),
    )
    // Of two that agree as much, the one that says more.
    return agreed.reduce((sum, share) => sum + share, 0) / Math.max(4, own.length) + Math.min(own.length, 8) / 100
  }
  return texts
    .map((text, n) => ({ n, fine: isFine(text, n), score: score(n) }))
    .filter(({ fine }) => fine)
    .sort((a, b) => b.score - a.score || a.n - b.n)
    .map(({ n }) => sentence(raw[n]! === raw[n]!.toUpperCase() ? raw[n]!.toLowerCase() : raw[n]!))
}

const FILLERS = new Set(
  'the and with that this its his her their are has have had was were been being for from into onto over under near next'.split(
    ' ',
  ),
)

/** Nothing that a word of a caption could mean, nothing that could be taken for what is there, nothing that is overlooked easily. */
function absentThings(seen: readonly Seen[], texts: readonly string[]): readonly Thing[] {
  const there = new Set(seen.flatMap(({ thing }) => [...thing.confusedWith]))
  const families = new Set(seen.map(({ thing }) => thing.family))
  const said = (words: readonly string[], key: string) =>
    words.length > 0 && texts.some((text) => wordsPattern(key, words).test(text))
  const absent = [...things.values()].filter((thing) => {
    if (!thing.conspicuous || there.has(thing.name)) return false
    const around = [...thing.confusedWith].map((name) => things.get(name)!)
    if (texts.some((text) => around.some((other) => isNamed(other, text) || isHinted(other, text)))) return false
    return !said(familyWords(thing.family), `family ${thing.family}`)
  })
  return [
    ...absent.filter(({ family }) => families.has(family)),
    ...absent.filter(({ family }) => !families.has(family)),
  ]
}
