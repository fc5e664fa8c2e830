// mimicit report: the statistics of a data set as one file to send to a colleague.
import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { htmlPage } from '../../base/chart/html-page.js'
import { formatCount } from '../../base/format.js'
import { asIoError } from '../../io/directory.js'
import { publicLocation } from '../../io/location.js'
import { datasetFigures } from '../../serve/statistics/dataset-figures.js'
import { figureSections } from '../../serve/statistics/figure-sections.js'
import { openDataset } from '../../shards/dataset.js'
import { examples } from '../examples.js'
import { interruptSignal } from '../exit.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { progressBar } from '../progress-bar.js'
import { print, printJson } from '../table.js'

interface Flags extends CacheFlags {
  readonly out: string
  readonly verify?: true
  readonly json?: true
}

/** Adds the command. */
export function registerReport(program: Command): void {
  program
    .command('report')
    .description('Write the statistics of a data set, with plots, as one HTML file that needs nothing else.')
    .argument('<dataset>', DATASET)
    .requiredOption('--out <file>', 'the file to write, such as report.html')
    .option('--verify', 'check the data set too, and show what is wrong with it')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print the numbers as JSON too')
    .addHelpText(
      'after',
      examples('report out/la --out report.html', 'report out/la --verify --out report.html --json'),
    )
    .action(run)
}

async function run(location: string, { out, verify, json, ...flags }: Flags): Promise<void> {
  const bar = progressBar()
  const dataset = await openDataset(location, takeCache(flags).store)
  try {
    const report = await datasetFigures(dataset, {
      ...{ verify: verify === true, onProgress: bar.update, signal: interruptSignal() },
    })
    bar.done()
    const counted = `${formatCount(report.pairs)} pairs with ${formatCount(report.pictures)} pictures`
    const { orderKey, generation, form } = dataset.manifest
    const facts = `${publicLocation(location)}: ${counted}; ${form}, generation ${generation}, order key ${orderKey.slice(0, 16)}.`
    const page = htmlPage({
      title: counted,
      sections: [{ kind: 'text', text: facts }, ...figureSections(report.figures)],
    })
    await writeFile(out, page).catch((error: unknown) => {
      throw asIoError(error, out)
    })
    if (json) printJson(report)
    else print(`${counted}: ${out}`)
  } finally {
    bar.done()
    await dataset.close()
  }
}
