// mimicit rewrite: a data set into another form.
import { type Command, Option } from 'commander'
import { formatBytes, formatDuration, plural } from '../../base/format.js'
import { rewriteDataset } from '../../layout/rewrite.js'
import { type FormName, forms } from '../../shards/forms.js'
import { interruptSignal } from '../exit.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { progressBar } from '../progress-bar.js'
import { print, printJson } from '../table.js'

interface Flags extends CacheFlags {
  readonly format: FormName
  readonly compat?: true
  readonly out: string
  readonly json?: true
}

/** Adds the command. */
export function registerRewrite(program: Command): void {
  program
    .command('rewrite')
    .description('Copy a data set into another form: Parquet, or Arrow IPC. Orders and batches stay the same.')
    .argument('<dataset>', DATASET)
    .addOption(new Option('--format <form>', 'form of the copy').choices(Object.keys(forms)).default('parquet'))
    .option('--compat', 'Parquet for old readers: snappy, and a footer of version 1')
    .requiredOption('--out <dir>', 'directory to make; must not exist')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print the summary as JSON')
    .action(run)
}

async function run(source: string, { format, compat, out, json, ...flags }: Flags): Promise<void> {
  const bar = progressBar()
  const began = performance.now()
  try {
    const summary = await rewriteDataset({
      source,
      out,
      form: format,
      compat: compat === true,
      store: takeCache(flags).store,
      onProgress: bar.update,
      signal: interruptSignal(),
    })
    bar.done()
    if (json) return printJson(summary)
    const { tables, contexts } = summary.manifest
    const shards = [tables.pairs, tables.media, ...Object.values(contexts)].flatMap((table) => table.shards)
    const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0)
    print(
      `${plural(tables.pairs.rows, 'pair')}, ${plural(tables.media.rows, 'picture')}, ${formatBytes(bytes)} ` +
        `in ${formatDuration(performance.now() - began)}: ${summary.out}`,
    )
  } finally {
    bar.done()
  }
}
