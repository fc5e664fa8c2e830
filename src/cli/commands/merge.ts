// mimicit merge: several data sets as one, or the parts of a job.
import type { Command } from 'commander'
import { MimicitError } from '../../base/errors.js'
import { isLocal } from '../../io/location.js'
import { mergeDatasets } from '../../layout/merge.js'
import { readJob } from '../../work/part-files.js'
import { examples } from '../examples.js'
import { type CacheFlags, cacheBytesOption, cacheOption, takeCache } from '../far.js'
import { joinParts } from '../parts.js'
import { runRewrite } from '../rewrite.js'

interface Flags extends CacheFlags {
  readonly out?: string
  readonly namespace?: string[]
  readonly json?: true
}

/** Adds the command. */
export function registerMerge(program: Command): void {
  program
    .command('merge')
    .description('Make one data set of several: every picture once, context tables of the same name together.')
    .argument(
      '<datasets...>',
      'directories of data sets, or http(s)://, hf:// or s3:// locations; or one <out>.parts of a job done with --part',
    )
    .option('--out <dir>', 'directory to make; must not exist (parts know theirs)')
    .option('--namespace <names...>', 'one name for each data set, in their order: ids become <name>/<id>')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print what was made as JSON')
    .addHelpText(
      'after',
      examples(
        'merge out/la out/cgd --out out/both',
        'merge out/first out/second --namespace first second --out out/both',
        'merge out/la.parts',
      ),
    )
    .action(run)
}

async function run(locations: string[], { json, ...flags }: Flags): Promise<void> {
  const [first] = locations
  const job = locations.length === 1 && first !== undefined && isLocal(first) ? await readJob(first) : undefined
  if (job !== undefined) {
    // What is missing is done by the same command that joins.
    process.exitCode = await joinParts(job)
    return
  }
  const { store, rest } = takeCache(flags)
  const { out } = rest
  if (out === undefined) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a directory to make',
      where: '--out of mimicit merge',
      received: 'none',
      hint: 'Only the parts of a job (<out>.parts) are merged without it.',
    })
  }
  await runRewrite(json, (watch) => mergeDatasets(locations, { ...rest, out, ...watch, store }))
}
