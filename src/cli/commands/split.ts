// mimicit split: train, validation and test, with everything that shares a picture on one side.
import { type Command, Option } from 'commander'
import { formatCount, plural } from '../../base/format.js'
import { splitDataset } from '../../layout/split.js'
import { examples } from '../examples.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { fraction, integer } from '../parse.js'
import { runRewrite } from '../rewrite.js'

interface Flags extends CacheFlags {
  readonly out: string
  readonly validation: number
  readonly test: number
  readonly by: 'visuals'
  readonly seed: number
  readonly json?: true
}

/** Adds the command. */
export function registerSplit(program: Command): void {
  program
    .command('split')
    .description('Give every pair a split. Pairs that share a picture, clip, album or scene stay on one side.')
    .argument('<dataset>', DATASET)
    .requiredOption('--out <dir>', 'directory to make; must not exist')
    .option('--validation <part>', 'part for validation: 1% or 0.01', fraction, 0)
    .option('--test <part>', 'part for test', fraction, 0)
    .addOption(new Option('--by <what>', 'what stays together').choices(['visuals']).default('visuals'))
    .option('--seed <n>', 'another seed, another split', integer(0), 0)
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print what was made as JSON')
    .addHelpText('after', examples('split out/la --validation 1% --test 1% --seed 7 --out out/la-split'))
    .action(run)
}

async function run(location: string, { json, ...flags }: Flags): Promise<void> {
  const { store, rest } = takeCache(flags)
  await runRewrite(
    json,
    (watch) => splitDataset(location, { ...rest, ...watch, store }),
    ({ manifest, mixedGroups }) => {
      const counts = Object.entries(manifest.statistics.splits).map(([name, count]) => `${name} ${formatCount(count)}`)
      const mixed = `  ${plural(mixedGroups, 'group')} with pairs of several splits, as the source has them`
      return [`  ${counts.join(', ')}`, ...(mixedGroups === 0 ? [] : [mixed])]
    },
  )
}
