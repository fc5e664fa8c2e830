// What a stream will be, told by the thread that wants it while the thread that makes it is still starting: that one needs longer
// for its modules than this one, which has them, for a manifest and the index of a context table. Both read the same files.
import { isLocal } from '../io/location.js'
import { byteTokenizer } from '../text/byte-tokenizer.js'
import { aborted } from './aborted.js'
import { hasManyPictures } from './make-batch.js'
import { type KnownManifests, openSources } from './open-sources.js'
import type { LoaderSettings } from './options.js'
import { prepare, type StreamFacts } from './prepare.js'
import { type SourceSettings, settingsFor } from './source-settings.js'

/** What is known of a stream before its thread has started. */
export interface Outlook {
  readonly facts: StreamFacts
  /** Whether threads that decode will be worth their start. */
  readonly many: boolean
  /** Manifests that were read for it: the thread of the stream need not check them, nor load what does. */
  readonly known: KnownManifests
}

/**
 * Looks at the sources of a stream.
 * @returns undefined where that takes so long that the thread of the stream knows as soon
 * @throws what opening throws
 */
export async function outlookOf(
  sources: readonly SourceSettings[],
  settings: LoaderSettings,
  signal: AbortSignal | undefined,
): Promise<Outlook | undefined> {
  if (!sources.every((own) => isQuick(own.source, settingsFor(settings, own)))) return undefined
  const datasets = await openSources(sources, settings, signal)
  try {
    const prepared = await prepare(datasets.opened, settings)
    if (signal?.aborted) throw aborted()
    const known = new Map(datasets.opened.map(({ own, dataset }) => [own.source, dataset.manifest]))
    return { facts: prepared.facts, many: hasManyPictures(prepared), known }
  } finally {
    await datasets.close()
  }
}

/** Whether opening reads little: nothing from far away, no tokenizer.json, no column to choose queries by, no function to compute. */
function isQuick(location: string, settings: LoaderSettings): boolean {
  const { tokenizer, context, split, subsets, languages, only } = settings
  const isStored = context === undefined || context === 'none' || (context as string).startsWith('stored:')
  const isChosen = [split, subsets, languages, only].some((chosen) => chosen !== undefined)
  return isLocal(location) && tokenizer === byteTokenizer.name && isStored && !isChosen
}
