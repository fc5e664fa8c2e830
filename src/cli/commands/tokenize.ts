// mimicit tokenize: the token counts of every pair, as a table of the data set.
import { type Command, Option } from 'commander'
import { formatCount, plural } from '../../base/format.js'
import { tokenizeDataset } from '../../layout/tokenize/tokenize-dataset.js'
import { cleanings } from '../../text/cleaning.js'
import { templates } from '../../text/templates.js'
import { examples } from '../examples.js'
import { interruptSignal } from '../exit.js'
import { integer } from '../parse.js'
import { progressBar } from '../progress-bar.js'
import { print, printJson } from '../table.js'

interface Flags {
  readonly tokenizer: string
  readonly template: string
  readonly cleaning: string
  readonly ids?: true
  readonly name?: string
  readonly threads?: number
  readonly json?: true
}

/** Adds the command. */
export function registerTokenize(program: Command): void {
  program
    .command('tokenize')
    .description(
      'Count the tokens of every pair once, for packing and token budgets; with --ids training need not tokenise.',
    )
    .argument('<dataset>', 'directory of a data set; after an append only what is new is counted')
    .requiredOption('--tokenizer <name>', 'bytes, or the path of a tokenizer.json')
    .addOption(new Option('--template <name>', 'template of a turn').choices(Object.keys(templates)).default('simple'))
    .addOption(
      new Option('--cleaning <name>', 'what is done to texts first').choices(Object.keys(cleanings)).default('none'),
    )
    .option('--ids', 'store the ids too')
    .option('--name <name>', 'name of the table (default: <tokenizer>-<template>)')
    .option('--threads <n>', 'threads that tokenise (default: the number of cores)', integer(0))
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      examples(
        'tokenize out/la --tokenizer bytes --ids',
        'tokenize out/la --tokenizer llama/tokenizer.json --template simple',
      ),
    )
    .action(run)
}

async function run(location: string, { json, threads, ...flags }: Flags): Promise<void> {
  const bar = progressBar()
  const watch = { onProgress: bar.update, signal: interruptSignal() }
  const { manifest: _, ...summary } = await tokenizeDataset(location, {
    ...flags,
    ...(threads !== undefined && { workers: threads }),
    ...watch,
  }).finally(bar.done)
  if (json) return printJson(summary)
  const { name, rows, added, tokens } = summary
  const what = added === 0 ? 'nothing new' : `${plural(added, 'pair')} with ${formatCount(tokens)} tokens of text`
  print(`lengths ${name}: ${what}, ${plural(rows, 'pair')} in all`)
}
