// mimicit stats: what a data set is like, as the paper tells it: counts, lengths, verbs, relations, cost.
import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { asIoError } from '../../io/directory.js'
import { datasetStatistics } from '../../layout/statistics/dataset-statistics.js'
import { statisticsPicture, statisticsReport } from '../../layout/statistics/statistics-report.js'
import { openDataset } from '../../shards/dataset.js'
import { examples } from '../examples.js'
import { interruptSignal } from '../exit.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { integer } from '../parse.js'
import { progressBar } from '../progress-bar.js'
import { giveReport, type ReportFlags, reportOptions } from '../report.js'

interface Flags extends CacheFlags, ReportFlags {
  readonly tokenizer?: string
  readonly verbSample?: number
  readonly verify?: true
  readonly svg?: string
}

/** Adds the command. */
export function registerStats(program: Command): void {
  const command = program
    .command('stats')
    .description(
      'The statistics of the paper: lengths, tokens, cost, root verbs and their objects, related instructions.',
    )
    .argument('<dataset>', DATASET)
    .option('--tokenizer <name>', 'count tokens with this one: bytes, or the path of a tokenizer.json')
    .option('--verb-sample <n>', 'English instructions of which the verb is looked for (default: 200000)', integer(0))
    .option('--verify', 'also check the data set, and tell the issues that are found')
    .option('--svg <file>', 'write all pictures into one SVG file')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
  reportOptions(command)
    .addHelpText('after', examples('stats out/la', 'stats out/la --tokenizer bytes --html stats.html'))
    .action(run)
}

async function run(
  location: string,
  { tokenizer, verbSample, verify, svg, json, html, ...flags }: Flags,
): Promise<void> {
  const bar = progressBar()
  const dataset = await openDataset(location, takeCache(flags).store)
  try {
    const watch = { onProgress: bar.update, signal: interruptSignal() }
    const statistics = await datasetStatistics(dataset, { tokenizer, verbSample, verify, ...watch })
    bar.done()
    if (svg !== undefined) {
      await writeFile(svg, statisticsPicture(statistics)).catch((error) => {
        throw asIoError(error, svg)
      })
    }
    const wanted = { ...(json && { json }), ...(html !== undefined && { html }) }
    await giveReport(wanted, statistics, statisticsReport(statistics, `Statistics of ${dataset.location}`))
  } finally {
    bar.done()
    await dataset.close()
  }
}
