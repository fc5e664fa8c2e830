// mimicit merge: several data sets as one.
import type { Command } from 'commander'
import { mergeDatasets } from '../../layout/merge.js'
import { type CacheFlags, cacheBytesOption, cacheOption, takeCache } from '../far.js'
import { runRewrite } from '../rewrite.js'

interface Flags extends CacheFlags {
  readonly out: string
  readonly namespace?: string[]
  readonly json?: true
}

/** Adds the command. */
export function registerMerge(program: Command): void {
  program
    .command('merge')
    .description('Make one data set of several: every picture once, context tables of the same name together.')
    .argument('<datasets...>', 'directories of data sets, or http(s)://, hf:// or s3:// locations')
    .requiredOption('--out <dir>', 'directory to make; must not exist')
    .option('--namespace <names...>', 'one name for each data set, in their order: ids become <name>/<id>')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print what was made as JSON')
    .action(run)
}

async function run(locations: string[], { json, ...flags }: Flags): Promise<void> {
  const { store, rest } = takeCache(flags)
  await runRewrite(json, (watch) => mergeDatasets(locations, { ...rest, ...watch, store }))
}
