// mimicit verify: a data set against its own promises.
import type { Command } from 'commander'
import { formatBytes, plural } from '../../base/format.js'
import { verifyDataset } from '../../shards/verify/index.js'
import { examples } from '../examples.js'
import { EXIT } from '../exit.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { progressBar } from '../progress-bar.js'
import { issueTable, print, printJson } from '../table.js'

/** Adds the command. */
export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('Check every file, hash, reference and index entry of a data set. Exit code 3 if there is a fault.')
    .argument('<dataset>', DATASET)
    .option('--deep', 'also decode every picture')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print the report as JSON')
    .addHelpText('after', examples('verify out/la', 'verify out/la --deep --json'))
    .action(run)
}

interface Flags extends CacheFlags {
  readonly deep?: true
  readonly json?: true
}

async function run(location: string, flags: Flags): Promise<void> {
  const { deep, json } = flags
  const { store } = takeCache(flags)
  const bar = progressBar()
  const options = { deep: deep === true, onProgress: bar.update, store }
  const report = await verifyDataset(location, options).finally(bar.done)
  if (!report.ok) process.exitCode = EXIT.faults
  if (json) return printJson(report)
  const contexts = Object.entries(report.contexts).map(([name, rows]) => `context ${name} with ${rows} queries`)
  const found = report.issues.reduce((sum, issue) => sum + issue.count, 0)
  print(
    `${[plural(report.pairs, 'pair'), plural(report.pictures, 'picture'), ...contexts, formatBytes(report.bytes)].join(', ')}: ` +
      (found === 0 ? 'no issue' : plural(found, 'issue')),
  )
  if (report.issues.length > 0) print(issueTable(report.issues))
  if (!report.listed) print('This place gives no list of its files: those that no table names were not looked for.')
}
