// Questions about a clip whose moments are described: what happens, and in which order. That one thing comes before another
// is only said of moments that do not overlap.
import type { RandomStream } from '../../base/random.js'
import type { VisualAnnotation, VisualSegment } from '../../import/annotations/annotation.js'
import type { DraftPair } from '../draft-pair.js'
import { segmentsOf } from '../in-words.js'
import { andList, one, sentence, shuffled } from './draw.js'
import { qa } from './saying.js'

/** Seconds that moments may touch each other. */
const TOUCH = 0.5
const MOST = 9

/** Questions with answers that are true of a clip. */
export function momentPairs(annotation: VisualAnnotation, random: RandomStream): readonly DraftPair[] {
  const all = segmentsOf(annotation)
  const length = annotation.durationSeconds ?? Math.max(0, ...all.map(({ endSeconds }) => endSeconds))
  // What is told of nearly all of the clip has no place in an order.
  const parts = all.filter(({ startSeconds, endSeconds }) => endSeconds - startSeconds < 0.75 * length)
  const told = new Set(all.map(({ text }) => text))
  if (told.size !== all.length) return onTheWhole(all, random).slice(0, 1)
  const ways = [
    beginnings(parts, length, random),
    endings(parts, length, random),
    ...neighbours(parts, random),
    firsts(parts, random),
    longest(parts, random),
    checks(parts, random),
    sames(parts, random),
  ]
  const some = shuffled(random, ways.flat())
  const seen = new Set<string>()
  const chosen = some.filter(({ instruction }) => !seen.has(instruction) && seen.add(instruction))
  return [...onTheWhole(all, random), ...chosen].slice(0, MOST)
}

/** A sentence as a clause: `she rolls the dough`. */
export function clause(text: string): string {
  const plain = text
    .replace(/[\s.!]+$/, '')
    .replace(
      /^(?:(?:and|then|next|after that|afterwards|finally|first|firstly|now|later|at first|in the end|lastly|eventually)[\s,]+)+/i,
      '',
    )
  return /^(?:I|[A-Z]{2,})\b/.test(plain) ? plain : `${plain.charAt(0).toLowerCase()}${plain.slice(1)}`
}

/** Short enough to be quoted inside a question. */
const isShort = ({ text }: VisualSegment) => text.split(' ').length <= 18

const isBefore = (a: VisualSegment, b: VisualSegment) =>
  a.endSeconds <= b.startSeconds + TOUCH && a.startSeconds < b.startSeconds

function onTheWhole(all: readonly VisualSegment[], random: RandomStream): readonly DraftPair[] {
  if (all.length === 0) return []
  const asked =
    all.length === 1
      ? ['What happens in the video?', 'What is shown in this clip?', 'Describe what can be seen in the clip.']
      : [
          'Describe what happens in the video from beginning to end.',
          'What happens in this clip?',
          'Please sum up the clip in the order in which things happen.',
          'Can you tell what the video shows?',
        ]
  return [
    qa(
      one(random, asked),
      all
        .slice(0, 6)
        .map(({ text }) => sentence(text))
        .join(' '),
    ),
  ]
}

function beginnings(parts: readonly VisualSegment[], length: number, random: RandomStream): readonly DraftPair[] {
  const [first, second] = parts
  if (
    first === undefined ||
    first.startSeconds > 0.15 * length ||
    (second !== undefined && second.startSeconds < first.startSeconds + 1)
  )
    return []
  const asked = [
    'What happens at the beginning of the clip?',
    'How does the video start?',
    'What can be seen first?',
    'What is going on at the start?',
  ]
  return [qa(one(random, asked), sentence(first.text))]
}

function endings(parts: readonly VisualSegment[], length: number, random: RandomStream): readonly DraftPair[] {
  const last = [...parts].sort((a, b) => b.endSeconds - a.endSeconds)[0]
  if (
    last === undefined ||
    last.endSeconds < 0.85 * length ||
    parts.some((other) => other !== last && other.endSeconds > last.endSeconds - 1)
  )
    return []
  const asked = [
    'How does the clip end?',
    'What happens at the end of the video?',
    'What is the last thing that can be seen?',
    'What is going on in the end?',
  ]
  return [qa(one(random, asked), sentence(last.text))]
}

/** What comes right before and right after. */
function neighbours(parts: readonly VisualSegment[], random: RandomStream): readonly (readonly DraftPair[])[] {
  return parts.slice(1).map((b, n) => {
    const a = parts[n]!
    const alone = parts.every((other) => other === a || other === b || isBefore(other, a) || isBefore(b, other))
    if (!isBefore(a, b) || !alone) return []
    const [x, y] = [clause(a.text), clause(b.text)]
    const after = [`What happens after ${x}?`, `What comes next once ${x}?`, `What follows after ${x}?`]
    const before = [`What happens before ${y}?`, `What can be seen just before ${y}?`]
    if (!isShort(a) && !isShort(b)) return []
    const forward = isShort(a) && (!isShort(b) || random.below(2) === 0)
    return [forward ? qa(one(random, after), sentence(b.text)) : qa(one(random, before), sentence(a.text))]
  })
}

function* ordered(parts: readonly VisualSegment[]): Generator<readonly [VisualSegment, VisualSegment]> {
  for (const a of parts) for (const b of parts) if (isBefore(a, b) && isShort(a) && isShort(b)) yield [a, b]
}

/** `Which happens first?` */
function firsts(parts: readonly VisualSegment[], random: RandomStream): readonly DraftPair[] {
  const [two] = shuffled(random, [...ordered(parts)])
  if (two === undefined) return []
  const [a, b] = two.map(({ text }) => clause(text)) as [string, string]
  const offered = andList(shuffled(random, [`"${a}"`, `"${b}"`]), 'or')
  return [
    random.below(2) === 0
      ? qa(`Which of these happens first: ${offered}?`, `First ${a}.`)
      : qa(`Which of these happens later: ${offered}?`, `Later ${b}.`),
  ]
}

/** `Is it true that ... before ...?` As often yes as no. */
function checks(parts: readonly VisualSegment[], random: RandomStream): readonly DraftPair[] {
  const [two] = shuffled(random, [...ordered(parts)])
  if (two === undefined) return []
  const [a, b] = two.map(({ text }) => clause(text)) as [string, string]
  return [
    random.below(2) === 0
      ? qa(`Is it true that ${a} before ${b}?`, 'Yes, it happens in that order.')
      : qa(`Is it true that ${b} before ${a}?`, 'No, it is the other way round.'),
  ]
}

/** What takes twice as long at least. */
function longest(parts: readonly VisualSegment[], random: RandomStream): readonly DraftPair[] {
  const two = shuffled(random, [...ordered(parts)]).find(
    ([a, b]) =>
      Math.max(spanOf(a), spanOf(b)) > 2 * Math.min(spanOf(a), spanOf(b)) && Math.min(spanOf(a), spanOf(b)) > 1,
  )
  if (two === undefined) return []
  const [long, short] = [...two].sort((a, b) => spanOf(b) - spanOf(a)) as [VisualSegment, VisualSegment]
  const offered = andList(
    shuffled(
      random,
      [long, short].map(({ text }) => `"${clause(text)}"`),
    ),
    'or',
  )
  return [
    random.below(2) === 0
      ? qa(`What takes up more of the clip: ${offered}?`, `The part in which ${clause(long.text)} takes longer.`)
      : qa(
          `Which of these is over sooner once it has begun: ${offered}?`,
          `The part in which ${clause(short.text)} is shorter.`,
        ),
  ]
}

const spanOf = ({ startSeconds, endSeconds }: VisualSegment) => endSeconds - startSeconds

/** What goes on at the same time: one moment inside another. */
function sames(parts: readonly VisualSegment[], random: RandomStream): readonly DraftPair[] {
  for (const outer of shuffled(random, parts)) {
    for (const inner of parts) {
      const inside =
        inner !== outer &&
        inner.startSeconds >= outer.startSeconds + TOUCH &&
        inner.endSeconds <= outer.endSeconds - TOUCH
      if (inside && isShort(outer) && spanOf(inner) > 0)
        return [
          qa(
            one(random, [
              `What else happens while ${clause(outer.text)}?`,
              `What can be seen at the same time as ${clause(outer.text)}?`,
            ]),
            sentence(inner.text),
          ),
        ]
    }
  }
  return []
}
