// Loader options as assembly rules: shared by the stream and by prompts, so that both put samples together alike.
import { pick } from '../base/options.js'
import { cleanings } from '../text/cleaning.js'
import { loadTokenizer } from '../text/load-tokenizer.js'
import { templates } from '../text/templates.js'
import type { AssemblyRules } from './assemble.js'
import { type LoaderOptions, type LoaderSettings, parseLoaderOptions } from './options.js'

/** The rules of parsed settings. */
export async function rulesOf(settings: LoaderSettings): Promise<AssemblyRules> {
  return {
    tokenizer: await loadTokenizer(settings.tokenizer),
    template: pick('option template of loadMimicIT', templates, settings.template),
    cleaning: pick('option cleaning of loadMimicIT', cleanings, settings.cleaning),
    tokens: settings.tokens,
    mediaLayout: settings.mediaLayout,
    sharedVisuals: settings.sharedVisuals,
    maxFrames: settings.maxFrames,
    frames: settings.frames,
    framesPerSecond: settings.framesPerSecond,
    flip: settings.flip,
    maxTokens: settings.maxTokens,
  }
}

/**
 * The rules by which `loadMimicIT` with these options puts samples together.
 * @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE, MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_TOKENIZER
 */
export function assemblyRules(options: LoaderOptions): Promise<AssemblyRules> {
  return rulesOf(parseLoaderOptions(options))
}
