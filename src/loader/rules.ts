// Loader options as assembly rules: shared by the stream and by prompts, so that both put samples together alike.
import { MimicitError } from '../base/errors.js'
import { pick } from '../base/options.js'
import { cleanings } from '../text/cleaning.js'
import { loadTokenizer } from '../text/load-tokenizer.js'
import { templates } from '../text/templates.js'
import type { AssemblyRules } from './assemble.js'
import { leadsOf } from './leads.js'
import type { LoaderSettings } from './options.js'

/** The rules of parsed settings. */
export async function rulesOf(settings: LoaderSettings): Promise<AssemblyRules> {
  const tokenizer = await loadTokenizer(settings.tokenizer)
  return {
    tokenizer,
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
    leads: leadsOf(descriptionsOf(settings), tokenizer),
  }
}

/** @throws MimicitError MIMICIT_BAD_VALUE for those of a manifest that has none, or that is not streamed by it */
function descriptionsOf({ taskDescriptions }: LoaderSettings): readonly string[] {
  if (taskDescriptions === 'none') return []
  if (taskDescriptions !== 'manifest') return taskDescriptions
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'one data set, whose manifest says how its parts are mixed',
    where: "option taskDescriptions: 'manifest' of loadMimicIT",
    received: 'a source without such parts, or a mixture of others',
    hint: 'Give the descriptions themselves, here or with each source.',
  })
}
