// The flags that say how pairs are judged: which filters, and which replacement rules.
import type { Command } from 'commander'
import { filters } from '../syphus/filters/index.js'
import type { JudgingOptions } from '../syphus/filters/judging.js'
import { readReplacements } from '../syphus/replacements/replacement.js'

/** The flags of `addJudgingFlags`. */
export interface JudgingFlags {
  readonly filters?: readonly string[]
  readonly withoutFilters?: readonly string[]
  readonly replacements?: string
}

/** Names with commas between. */
const names = (text: string) => text.split(',').map((name) => name.trim())

/**
 * Adds the flags.
 * @param usual filters that are used where nobody says which
 */
export function addJudgingFlags(command: Command, usual: readonly string[] = ['all']): Command {
  const all = Object.keys(filters).join(', ')
  return command
    .option('--filters <names>', `filters of the pairs, by name (default: ${usual.join(', ')}): ${all}`, names)
    .option('--without-filters <names>', 'filters that are left out', names)
    .option('--replacements <file>', 'rules for slips of the model, in place of those that come with mimicit')
}

/** The options that flags say. @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_VALUE, MIMICIT_UNKNOWN_OPTION */
export async function judgingOptions(flags: JudgingFlags): Promise<JudgingOptions> {
  const { filters: only, withoutFilters, replacements } = flags
  return {
    ...{ filters: only, withoutFilters },
    replacements: replacements === undefined ? undefined : await readReplacements(replacements),
  }
}
