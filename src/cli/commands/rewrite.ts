// mimicit rewrite: a data set into another form.
import { type Command, Option } from 'commander'
import { MimicitError } from '../../base/errors.js'
import { formatBytes, formatCount, formatDuration, plural } from '../../base/format.js'
import type { StoreOptions } from '../../io/store.js'
import { reorderByLocality } from '../../layout/reorder.js'
import { rewriteDataset } from '../../layout/rewrite.js'
import { type EpochSimulation, simulateEpoch } from '../../loader/simulate-epoch.js'
import { openDataset } from '../../shards/dataset.js'
import { type FormName, forms } from '../../shards/forms.js'
import { examples } from '../examples.js'
import { interruptSignal } from '../exit.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { progressBar } from '../progress-bar.js'
import { print, printJson } from '../table.js'

interface Flags extends CacheFlags {
  readonly format: FormName
  readonly compat?: true
  readonly order?: 'locality'
  readonly context?: string
  readonly out: string
  readonly json?: true
}

/** Adds the command. */
export function registerRewrite(program: Command): void {
  program
    .command('rewrite')
    .description(
      'Copy a data set into another form: Parquet, or Arrow IPC; orders and batches stay the same. Or lay it out anew, so that ' +
        'queries stand near their contexts: that changes the order key, and with it every shuffled order.',
    )
    .argument('<dataset>', DATASET)
    .addOption(new Option('--format <form>', 'form of the copy').choices(Object.keys(forms)).default('parquet'))
    .option('--compat', 'Parquet for old readers: snappy, and a footer of version 1')
    .addOption(new Option('--order <order>', 'lay pairs and pictures out anew').choices(['locality']))
    .option('--context <name>', 'with --order: the context table whose queries and contexts come near each other')
    .requiredOption('--out <dir>', 'directory to make; must not exist')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      examples(
        'rewrite out/la --format arrow --out out/la-arrow',
        'rewrite out/la --order locality --context train --out out/la-near',
      ),
    )
    .action(run)
}

async function run(source: string, { format, compat, order, context, out, json, ...flags }: Flags): Promise<void> {
  const bar = progressBar()
  const began = performance.now()
  try {
    const common = { out, store: takeCache(flags).store, onProgress: bar.update, signal: interruptSignal() }
    if ((order === undefined) !== (context === undefined) || (order !== undefined && format !== 'parquet'))
      throw wrongUse()
    const summary =
      context === undefined
        ? await rewriteDataset({ source, form: format, compat: compat === true, ...common })
        : await reorderByLocality(source, { context, ...common })
    const effect = context === undefined ? undefined : await epochs(source, out, context, takeCache(flags).store)
    bar.done()
    if (json) return printJson({ ...summary, ...(effect && { epoch: effect }) })
    const { tables, contexts } = summary.manifest
    const shards = [tables.pairs, tables.media, ...Object.values(contexts)].flatMap((table) => table.shards)
    const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0)
    print(
      `${plural(tables.pairs.rows, 'pair')}, ${plural(tables.media.rows, 'picture')}, ${formatBytes(bytes)} ` +
        `in ${formatDuration(performance.now() - began)}: ${summary.out}`,
    )
    if (effect !== undefined) print(effectLine(effect))
  } finally {
    bar.done()
  }
}

/** What an epoch costs before and after. */
interface Effect {
  readonly shots: number
  readonly before: EpochSimulation
  readonly after: EpochSimulation
}

/** Contexts of a query that the effect is shown for. */
const SHOTS = 3

async function epochs(source: string, out: string, context: string, { cache }: StoreOptions): Promise<Effect> {
  const dataset = await openDataset(out)
  const { maxContexts } = dataset.manifest.contexts[context]!
  await dataset.close()
  const options = { context: `stored:${context}`, shots: Math.min(SHOTS, maxContexts), signal: interruptSignal() }
  const far = cache === undefined ? {} : { cacheDir: cache.dir, cacheBytes: cache.maxBytes }
  const before = await simulateEpoch(source, { ...options, ...far })
  return { shots: options.shots, before, after: await simulateEpoch(out, options) }
}

function effectLine({ shots, before, after }: Effect): string {
  const change = (of: (epoch: EpochSimulation) => number) =>
    `${formatCount(of(after))} instead of ${formatCount(of(before))}`
  return (
    `  an epoch in windows, ${plural(shots, 'shot')}, ${formatBytes(after.reuseBytes)} of decoded pictures kept: ` +
    `${change(({ pictures }) => pictures.decoded)} pictures decoded (${formatCount(after.pictures.distinct)} distinct), ` +
    `${change(({ reads }) => reads.requests)} reads`
  )
}

const wrongUse = () =>
  new MimicitError('MIMICIT_BAD_VALUE', {
    expected: '--order locality together with --context <name>, in the parquet form',
    where: 'mimicit rewrite',
    received: 'one without the other, or another form',
    hint: 'Lay it out first, then rewrite the result into the other form.',
  })
