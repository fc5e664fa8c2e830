// mimicit info: what a data set holds, from its manifest alone.
import type { Command } from 'commander'
import { formatBytes, formatCount, plural } from '../../base/format.js'
import { openStore } from '../../io/store.js'
import { readManifest } from '../../shards/read-manifest.js'
import { examples } from '../examples.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { keyValueTable, print, printJson } from '../table.js'

/** Adds the command. */
export function registerInfo(program: Command): void {
  program
    .command('info')
    .description('What a data set holds: pairs, pictures, contexts, sizes.')
    .argument('<dataset>', DATASET)
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print as JSON')
    .addHelpText('after', examples('info out/la', 'info hf://datasets/org/name --cache cache --json'))
    .action(run)
}

interface Flags extends CacheFlags {
  readonly json?: true
}

async function run(place: string, { json, ...flags }: Flags): Promise<void> {
  const store = openStore(place, takeCache(flags).store)
  const { location } = store
  const manifest = await readManifest(store).finally(() => store.close?.())
  const { pairs, media } = manifest.tables
  const { statistics, mixture = [] } = manifest
  const contexts = Object.entries(manifest.contexts).map(([name, table]) => ({
    name,
    queries: table.rows,
    maxContexts: table.maxContexts,
    select: table.select,
  }))
  const lengths = Object.entries(manifest.lengths ?? {}).map(([name, { rows, ids }]) => ({ name, pairs: rows, ids }))
  if (json) {
    printJson({
      location,
      format: manifest.format,
      version: manifest.version,
      form: manifest.form,
      ...(manifest.profile === undefined ? {} : { profile: manifest.profile }),
      generation: manifest.generation,
      orderKey: manifest.orderKey,
      pairs: pairs.rows,
      pictures: media.rows,
      pictureBytes: statistics.pictureBytes,
      subsets: manifest.subsets,
      contexts,
      ...(lengths.length === 0 ? {} : { lengths }),
      ...(mixture.length === 0 ? {} : { mixture }),
      statistics,
    })
    return
  }
  const counts = (record: Readonly<Record<string, number>>) =>
    Object.entries(record)
      .map(([name, count]) => `${name} ${formatCount(count)}`)
      .join(', ') || 'none named'
  const { min, max } = statistics.mediaPerPair
  const form = manifest.profile === undefined ? manifest.form : `${manifest.form} (${manifest.profile})`
  print(
    keyValueTable([
      ['location', location],
      ['format', `${manifest.format} ${manifest.version}, ${form}, generation ${manifest.generation}`],
      ['order key', manifest.orderKey.slice(0, 16)],
      ['pairs', `${formatCount(pairs.rows)} in ${plural(pairs.shards.length, 'shard')}`],
      [
        'pictures',
        `${formatCount(media.rows)} in ${plural(media.shards.length, 'shard')}, ${formatBytes(statistics.pictureBytes)}`,
      ],
      ['subsets', manifest.subsets.map(({ name, pairs: count }) => `${name} ${formatCount(count)}`).join(', ')],
      ['languages', counts(statistics.languages)],
      ['splits', counts(statistics.splits)],
      ['visuals', `${counts(statistics.mediaKinds)}; ${min === max ? min : `${min} to ${max}`} a pair`],
      ...contexts.map(
        ({ name, queries, maxContexts }) =>
          [`context ${name}`, `${formatCount(queries)} queries, at most ${maxContexts} contexts`] as const,
      ),
      ...lengths.map(
        ({ name, pairs: counted, ids }) =>
          [`lengths ${name}`, `${plural(counted, 'pair')}${ids ? ', with their ids' : ''}`] as const,
      ),
      ...mixture.map(({ name, group, pairs: { from, to }, numSamples, taskDescriptions }) => {
        const taken = numSamples === null ? 'all' : formatCount(numSamples)
        const described =
          taskDescriptions.length === 0 ? '' : `, ${plural(taskDescriptions.length, 'task description')}`
        return [`mixture ${name}`, `${group}, ${taken} of ${plural(to - from, 'pair')} an epoch${described}`] as const
      }),
    ]),
  )
}
