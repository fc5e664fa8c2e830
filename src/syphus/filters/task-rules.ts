// The rules that a task has for each of its pairs: what must not be said, who must not speak, how long a side may be.
import { countWords } from '../../text/words.js'
import type { Person, TaskRules } from '../task.js'
import { clipped, type FilterKind, type Objection, sidesOf } from './filter.js'

const WORDS: Readonly<Record<Exclude<Person, 'third'>, RegExp>> = {
  first: /\b(?:I|I'm|I've|I'll|I'd|me|my|mine|myself|we|us|our|ours|ourselves)\b/u,
  second: /\b(?:you|your|yours|yourself|yourselves|you're|you've|you'll|you'd)\b/iu,
}
/** What somebody in the picture says is said by that person. */
const QUOTED = /"[^"]*"|“[^”]*”/gu

/** Who speaks in a text. */
function personsOf(text: string): readonly Person[] {
  const own = text.replace(QUOTED, ' ')
  const found = (['first', 'second'] as const).filter((person) => WORDS[person].test(own))
  return found.length === 0 ? ['third'] : found
}

/** The filter of task rules; persons are told apart in English only. */
export const taskRules: FilterKind = {
  title: 'rules of the task: forbidden texts, who speaks, how long',
  create: () => ({
    judge(pair, { rules, language }) {
      if (rules === undefined) return []
      return sidesOf(pair).flatMap(([side, text]) => [
        ...forbidden(side, text, rules),
        ...(language === 'en' ? persons(side, text, rules) : []),
        ...tooLong(side, text, rules),
      ])
    },
  }),
}

type Side = 'instruction' | 'response'

const forbidden = (side: Side, text: string, rules: TaskRules): readonly Objection[] =>
  rules.forbidden.flatMap(({ in: where, pattern, rule, reason }) => {
    const found = where === 'both' || where === side ? pattern.exec(text)?.[0] : undefined
    return found === undefined ? [] : [drop(rule, `The ${side} has "${clipped(found)}": ${reason}.`)]
  })

const persons = (side: Side, text: string, { notPersons }: TaskRules): readonly Objection[] => {
  const speaking = personsOf(text)
  return (notPersons?.[side] ?? [])
    .filter((person) => speaking.includes(person))
    .map((person) => drop(`${person}-person`, `The ${side} is in the ${person} person, which this task does not use.`))
}

const tooLong = (side: Side, text: string, { maxWords }: TaskRules): readonly Objection[] => {
  const most = maxWords?.[side]
  const words = most === undefined ? 0 : countWords(text)
  if (most === undefined || words <= most) return []
  return [drop('too-long', `The ${side} has ${words} words where at most ${most} are wanted.`)]
}

const drop = (rule: string, reason: string): Objection => ({ action: 'drop', rule, reason })
