// The loader's settings for what the viewer shows: those of a training stream, carried out in this thread with little memory.
import { defaultContext } from '../../context/select.js'
import type { LoaderOptions } from '../../loader/options.js'
import { type LoaderSettings, parseLoaderOptions } from '../../loader/options.js'
import type { Dataset } from '../../shards/dataset.js'
import type { SampleOptions } from '../wire.js'

/** Context tables by their names, with `none` for no contexts. */
export function contextName(dataset: Dataset, name: string | undefined): string {
  return (name ?? defaultContext(dataset)).replace(/^stored:/, '')
}

/**
 * Settings of a stream for showing; more shots than any query has count as the most there are.
 * @throws MimicitError MIMICIT_BAD_VALUE, MIMICIT_UNKNOWN_OPTION
 */
export function shownSettings(dataset: Dataset, options: SampleOptions, others: LoaderOptions = {}): LoaderSettings {
  const { context, shots = 2, maxTokens = 2048, imageSize = 224, seed = 0, epoch: _, ...named } = options
  const name = contextName(dataset, context)
  const most = dataset.manifest.contexts[name]?.maxContexts ?? 0
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
  return parseLoaderOptions({
    ...given,
    ...{ maxTokens, imageSize, seed, context: name === 'none' ? 'none' : `stored:${name}` },
    ...{ shots: Math.min(shots, most), workers: 0, reuseBytes: 16e6, turnBytes: 4e6, prefetchBytes: 0 },
    ...others,
  })
}
