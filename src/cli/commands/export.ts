// mimicit export: a data set into files of a form that others read.
import { type Command, Option } from 'commander'
import { formatBytes, formatCount, formatDuration, plural } from '../../base/format.js'
import { exportDataset } from '../../import/export/export-dataset.js'
import { type ExportFormName, exportForms } from '../../import/export/forms.js'
import { examples } from '../examples.js'
import { interruptSignal } from '../exit.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { progressBar } from '../progress-bar.js'
import { print, printJson } from '../table.js'

interface Flags extends CacheFlags {
  readonly to: ExportFormName
  readonly out: string
  readonly subset?: string[]
  readonly split?: string[]
  readonly name?: string
  readonly time?: string
  readonly json?: true
}

/** Files that are listed one by one. */
const MOST_LISTED = 20

const formList = Object.entries(exportForms)
  .map(([name, { title }]) => `${name} (${title})`)
  .join('; ')

/** Adds the command. */
export function registerExport(program: Command): void {
  program
    .command('export')
    .description('Write a data set as files of another form; pictures keep their original bytes.')
    .argument('<dataset>', DATASET)
    .addOption(
      new Option('--to <form>', `form of the files: ${formList}`)
        .choices(Object.keys(exportForms))
        .makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'directory to make; must not exist')
    .option('--subset <names...>', 'pairs of these subsets only')
    .option('--split <names...>', 'pairs of these splits only')
    .option('--name <name>', 'of mimic-it: one set of files with this name (default: one for each subset)')
    .option('--time <text>', 'of mimic-it: meta.time (default: unknown, so that equal data give equal bytes)')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      examples('export out/la --to mimic-it --out out/files', 'export out/la --to hf --split train --out out/hub'),
    )
    .action(run)
}

async function run(source: string, { json, ...flags }: Flags): Promise<void> {
  const { store, rest } = takeCache(flags)
  const bar = progressBar()
  const began = performance.now()
  try {
    const summary = await exportDataset({ source, ...rest, store, onProgress: bar.update, signal: interruptSignal() })
    bar.done()
    if (json) return printJson(summary)
    const { pairs, pictures, files, losses, out } = summary
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    print(
      `${plural(pairs, 'pair')}, ${plural(pictures, 'picture')} -> ${plural(files.length, 'file')}, ` +
        `${formatBytes(bytes)} in ${formatDuration(performance.now() - began)}: ${out}`,
    )
    const listed = files.length > MOST_LISTED ? files.filter(({ path }) => !path.startsWith('images/')) : files
    for (const file of listed) print(`  ${file.path}: ${formatBytes(file.bytes)}`)
    for (const { what, count, examples } of losses) {
      print(
        `  warning: left out ${formatCount(count)} times, ${what} (${examples.map((id) => JSON.stringify(id)).join(', ')})`,
      )
    }
  } finally {
    bar.done()
  }
}
