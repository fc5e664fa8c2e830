// mimicit syphus cold-start: in-context examples, chosen by a person.
import { type Command, Option } from 'commander'
import { plural } from '../base/format.js'
import { type AnnotationSetName, annotationSets } from '../import/annotations/index.js'
import { coldStart } from '../syphus/cold-start/cold-start.js'
import { interruptSignal } from './exit.js'
import { addModelFlags, type ModelFlags, modelOptions, showMeter } from './model.js'
import { integer } from './parse.js'
import { progressBar } from './progress-bar.js'
import { terminalReviewer } from './review-terminal.js'
import { print, printJson } from './table.js'

interface Flags extends ModelFlags {
  readonly task: string
  readonly boxes?: string[]
  readonly set?: AnnotationSetName
  readonly out: string
  readonly perRound?: number
  readonly seed: number
  readonly language: string
  readonly json?: true
}

/** Adds the command. */
export function registerSyphusColdStart(syphus: Command): void {
  const command = syphus
    .command('cold-start')
    .description('Choose in-context examples for a task: candidates are shown, you accept, edit or reject them.')
    .argument('<annotations...>', 'annotation files of one set, plain or gzipped')
    .requiredOption('--task <name>', 'the task, or a file of your own')
    .option('--boxes <files...>', 'further annotation files of the set')
    .addOption(
      new Option('--set <name>', 'the set that the files are of (default: the one of the task)').choices(
        Object.keys(annotationSets),
      ),
    )
    .requiredOption('--out <file>', 'the examples, .yaml or .json, as `syphus run --examples` takes them')
    .option('--per-round <n>', 'candidates of a round (default: 4)', integer(1))
    .option('--seed <n>', 'draws the annotations', integer(0), 0)
    .option('--language <tag>', 'language of what is made', 'en')
    .option('--json', 'print what was decided as JSON')
  addModelFlags(command)
    .addHelpText(
      'after',
      `
The first round shows the model nothing but the system message and an annotation. What you accept or edit is shown to it in
the next round. Every decision is kept at once: stop with q or Ctrl-C, and the same command goes on from there.

Example:
  mimicit syphus cold-start captions.json --task visual-qa --model gpt-4o-mini --out examples.yaml`,
    )
    .action(run)
}

async function run(annotations: string[], flags: Flags): Promise<void> {
  const { task, boxes = [], set, out, perRound, seed, language, json } = flags
  const bar = progressBar()
  // JSON on standard output is for programs; people are talked to beside it.
  const reviewer = terminalReviewer({ input: process.stdin, output: json ? process.stderr : process.stdout })
  try {
    const { session, finished, ...files } = await coldStart(
      {
        ...{ annotations: [...annotations, ...boxes], task, set, out, perRound, seed, language },
        model: modelOptions(flags, `${out}.journal.jsonl`),
        onMeter: showMeter(bar),
        signal: interruptSignal(),
      },
      {
        ...reviewer,
        told(proposal) {
          bar.done()
          reviewer.told?.(proposal)
        },
      },
    )
    if (json) return printJson({ finished, ...files, examples: session.examples, history: session.history })
    if (files.out !== null) print(`${plural(session.examples.length, 'example')}: ${files.out}`)
    else if (finished) print('No example was chosen.')
    else print(`Stopped; the same command goes on from ${files.sessionFile}.`)
  } finally {
    bar.done()
    reviewer.close()
  }
}
