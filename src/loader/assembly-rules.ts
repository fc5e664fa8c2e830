// Loader options as assembly rules, for prompts.
import type { AssemblyRules } from './assemble.js'
import { type LoaderOptions, parseLoaderOptions } from './options.js'
import { rulesOf } from './rules.js'

/**
 * The rules by which `loadMimicIT` with these options puts samples together.
 * @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE, MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_TOKENIZER
 */
export function assemblyRules(options: LoaderOptions): Promise<AssemblyRules> {
  return rulesOf(parseLoaderOptions(options))
}
