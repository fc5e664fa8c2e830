// mimicit filter: a data set of some pairs of another.
import type { Command } from 'commander'
import { openFile } from '../../io/directory.js'
import { filterDataset } from '../../layout/filter.js'
import { examples } from '../examples.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { runRewrite } from '../rewrite.js'

interface Flags extends CacheFlags {
  readonly out: string
  readonly subset?: string[]
  readonly language?: string[]
  readonly split?: string[]
  readonly ids?: string
  readonly json?: true
}

/** Adds the command. */
export function registerFilter(program: Command): void {
  program
    .command('filter')
    .description('Make a data set of the pairs that fulfil every condition, with their pictures and contexts.')
    .argument('<dataset>', DATASET)
    .requiredOption('--out <dir>', 'directory to make; must not exist')
    .option('--subset <names...>', 'pairs of these subsets')
    .option('--language <tags...>', 'pairs in these languages')
    .option('--split <names...>', 'pairs of these splits')
    .option('--ids <file>', 'pairs of these ids, one a line')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print what was made as JSON')
    .addHelpText(
      'after',
      examples(
        'filter out/la --subset LA --language en --out out/english',
        'filter out/la --ids ids.txt --out out/some',
      ),
    )
    .action(run)
}

async function run(location: string, { ids: file, json, ...flags }: Flags): Promise<void> {
  const { store, rest } = takeCache(flags)
  const ids = file === undefined ? {} : { ids: await readLines(file) }
  await runRewrite(json, (watch) => filterDataset(location, { ...rest, ...ids, ...watch, store }))
}

async function readLines(path: string): Promise<string[]> {
  const file = await openFile(path)
  const bytes = await file.read(0, file.byteLength).finally(() => file.close())
  const lines = Buffer.from(bytes).toString('utf8').split(/\r?\n/)
  return lines.filter((line) => line !== '')
}
