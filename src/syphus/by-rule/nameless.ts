// Moments of a scene without the names of its people: the first who is named becomes somebody, the second somebody else;
// with a third nobody could tell who is meant, so such a moment is left out.
import type { RandomStream } from '../../base/random.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import { SHOW_NAMES } from '../common-rules.js'
import { capital, segmentsOf } from '../in-words.js'
import { momentPairs } from './moment-pairs.js'

/** Words that begin a sentence with a capital and are no names. */
const NO_NAME =
  /^(?:A|An|The|He|She|They|It|His|Her|Their|Someone|Somebody|Two|Three|Four|Several|Some|Many|People|Everyone|Nobody|One|Another|Both|All|There|This|That|These|Those|In|On|At|As|After|Before|While|When|Then|And|With|From|Inside|Outside|Next|Man|Woman|Men|Women|Girl|Boy|Kids|Children|Person|Guy|Lady|Patient|Doctor|Doctors|Nurse|I|TV|DVD|CD|American|Christmas|Halloween|Thanksgiving)$/

/** Names in a text: capitals inside sentences, and those at the beginning that are no common word. */
export function namesIn(texts: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>()
  const known = new RegExp(`(?<!\\p{L})(?:${SHOW_NAMES})(?!\\p{L})`, 'gu')
  for (const text of texts) {
    for (const [word] of text.matchAll(known)) names.add(word.toLowerCase())
    for (const [word] of text.matchAll(/(?<!\p{L})\p{Lu}\p{Ll}+(?=(?:'s)?(?!\p{L}))/gu))
      if (!NO_NAME.test(word)) names.add(word.toLowerCase())
  }
  return names
}

/** A text without names, or undefined where more than two people are named. */
function withoutNames(text: string, names: ReadonlySet<string>): string | undefined {
  const met: string[] = []
  // A first name with a family name is one person.
  const plain = text.replace(/(?<!\p{L})(?:\p{Lu}\p{Ll}+(?:\s\p{Lu}\p{Ll}+)*|\p{Ll}+)(?!\p{L})/gu, (found) => {
    if (!found.split(' ').some((word) => names.has(word.toLowerCase()))) return found
    const name = found
      .split(' ')
      .filter((word) => names.has(word.toLowerCase()))
      .join(' ')
    if (!met.includes(name.toLowerCase())) met.push(name.toLowerCase())
    const kept = found
      .split(' ')
      .filter((word) => !names.has(word.toLowerCase()))
      .join(' ')
    const somebody = ['somebody', 'somebody else'][met.indexOf(name.toLowerCase())] ?? ''
    return kept === '' ? somebody : `${kept} ${somebody}`
  })
  if (met.length > 2) return undefined
  // "Somebody and somebody else" are two people.
  const two = plain.replace(/somebody and somebody else/gi, 'two people')
  return capital(two)
}

/** Questions about a scene, as a list of question and answer. */
export function namelessMoments(
  annotation: VisualAnnotation,
  random: RandomStream,
): readonly (readonly [string, string])[] {
  const all = segmentsOf(annotation)
  const names = namesIn(all.map(({ text }) => text))
  const segments = all.flatMap((segment) => {
    const text = withoutNames(segment.text, names)
    return text === undefined ? [] : [{ ...segment, text }]
  })
  return momentPairs({ ...annotation, segments }, random).map(
    ({ instruction, response }) => [instruction, response] as const,
  )
}
