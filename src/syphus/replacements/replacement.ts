// Replacement rules for slips that a model makes again and again: found by looking at what it wrote, written down once,
// applied to every pair before it is judged, and counted, so that a rule that no longer applies is seen.
import { z } from 'zod'
import { MimicitError, show } from '../../base/errors.js'
import { parseOptions } from '../../base/options.js'
import type { DraftPair } from '../draft-pair.js'
import { readYaml } from '../read-yaml.js'

/** A rule. */
export interface Replacement {
  /** Names it in counts. */
  readonly name: string
  /** What is looked for: text as it stands, or with `regex` a regular expression. */
  readonly find: string
  readonly replace: string
  /** `find` is a regular expression, and `replace` may name its groups (`$1`). @default false */
  readonly regex?: boolean
  /** @default false */
  readonly ignoreCase?: boolean
  /** @default both */
  readonly in?: 'instruction' | 'response' | 'both'
  /** Languages that it is for. @default all */
  readonly languages?: readonly string[]
}

/** Applies rules to a pair. */
export type Replacer = <P extends DraftPair>(
  pair: P,
  language: string,
) => { readonly pair: P; readonly replaced: Readonly<Record<string, number>> }

const text = z.string().min(1)
const schema = z.strictObject({
  rules: z.array(
    z.strictObject({
      name: text,
      find: text,
      replace: z.string(),
      regex: z.boolean().optional(),
      ignoreCase: z.boolean().optional(),
      in: z.enum(['instruction', 'response', 'both']).optional(),
      languages: z.array(text).min(1).optional(),
    }),
  ),
})

/** Makes one function of some rules, which are applied one after the other. */
export function replacements(rules: readonly Replacement[]): Replacer {
  const compiled = rules.map((rule) => ({ ...rule, pattern: patternOf(rule) }))
  return (pair, language) => {
    const replaced: Record<string, number> = {}
    const apply = (side: 'instruction' | 'response') =>
      compiled.reduce((current, { name, pattern, replace, regex, in: only = 'both', languages }) => {
        if ((only !== 'both' && only !== side) || languages?.includes(language) === false) return current
        const found = current.match(pattern)?.length ?? 0
        if (found === 0) return current
        replaced[name] = (replaced[name] ?? 0) + found
        return regex === true ? current.replace(pattern, replace) : current.replace(pattern, () => replace)
      }, pair[side])
    const instruction = apply('instruction')
    const response = apply('response')
    return { pair: { ...pair, instruction, response }, replaced }
  }
}

function patternOf({ name, find, regex, ignoreCase }: Replacement): RegExp {
  const source = regex === true ? find : find.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  try {
    return new RegExp(source, ignoreCase === true ? 'giu' : 'gu')
  } catch (error) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a regular expression',
      where: `find of replacement rule ${name}`,
      received: show(find),
      hint: 'Mend it, or leave out regex to look for the text as it stands.',
      cause: error,
    })
  }
}

/**
 * Reads rules from a YAML or JSON file: `rules`, a list.
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_VALUE, MIMICIT_UNKNOWN_OPTION
 */
export async function readReplacements(path: string): Promise<readonly Replacement[]> {
  const bad = (received: string) =>
    new MimicitError('MIMICIT_BAD_VALUE', { expected: 'YAML or JSON with a list of rules', where: path, received })
  const value = await readYaml(path, bad)
  const { rules } = parseOptions(path, schema, value)
  const made = rules.map(
    (rule) =>
      Object.fromEntries(Object.entries(rule).filter(([, field]) => field !== undefined)) as unknown as Replacement,
  )
  // What is no regular expression is told now, not at the first pair.
  replacements(made)
  return made
}
