// mimicit syphus cold-start: in-context examples, chosen by a person.
import { type Command, Option } from 'commander'
import { MimicitError } from '../base/errors.js'
import { plural } from '../base/format.js'
import { type AnnotationSetName, annotationSets } from '../import/annotations/index.js'
import { type ColdStartResult, coldStart } from '../syphus/cold-start/cold-start.js'
import type { Task } from '../syphus/task.js'
import { taskOf } from '../syphus/task-of.js'
import { interruptSignal } from './exit.js'
import { addJudgingFlags, type JudgingFlags, judgingOptions } from './judging.js'
import { note } from './loudness.js'
import { addModelFlags, type ModelFlags, modelOptions, showMeter, tellFound } from './model.js'
import { integer, portNumber } from './parse.js'
import { progressBar } from './progress-bar.js'
import { openReviewPage, type ReviewPage } from './review-page.js'
import { terminalReviewer } from './review-terminal.js'
import { print, printJson } from './table.js'

interface Flags extends ModelFlags, JudgingFlags {
  readonly task: string
  readonly boxes?: string[]
  readonly set?: AnnotationSetName
  readonly out: string
  readonly perRound?: number
  readonly seed: number
  readonly language: string
  readonly review?: true
  readonly images?: string
  readonly port: number
  readonly open: boolean
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
    .option('--review', 'decide in the browser, beside the pictures, in place of the terminal')
    .option('--images <dir>', 'with --review: folder of the pictures, or of folders of frames, named by their ids')
    .option('--port <n>', 'with --review: port on this machine (default: any that is free)', portNumber, 0)
    .option('--no-open', 'with --review: do not open the browser')
    .option('--json', 'print what was decided as JSON')
  addModelFlags(addJudgingFlags(command))
    .addHelpText(
      'after',
      `
The first round shows the model nothing but the system message and an annotation. What you accept or edit is shown to it in
the next round. Every decision is kept at once: stop with q or Ctrl-C, and the same command goes on from there.

Example:
  mimicit syphus cold-start captions.json --task visual-qa --model gpt-4o-mini --out examples.yaml
  mimicit syphus cold-start captions.json --task visual-qa --model gpt-4o-mini --out examples.yaml --review --images train2017`,
    )
    .action(run)
}

async function run(annotations: string[], flags: Flags): Promise<void> {
  const { boxes = [], set, out, perRound, seed, language, json } = flags
  const judging = await judgingOptions(flags)
  const bar = progressBar()
  const signal = interruptSignal()
  const task = await taskOf(flags.task)
  const { reviewer, end } = await openReview(flags, task, signal)
  let result: ColdStartResult | undefined
  let failure: unknown
  try {
    result = await coldStart(
      {
        ...{ annotations: [...annotations, ...boxes], task, set, out, perRound, seed, language, signal },
        ...judging,
        model: modelOptions(flags, `${out}.journal.jsonl`),
        onFound: tellFound,
        onMeter: showMeter(bar),
      },
      {
        ...reviewer,
        told(proposal) {
          bar.done()
          reviewer.told?.(proposal)
        },
      },
    )
  } catch (error) {
    failure = error
  }
  bar.done()
  await end(result ?? asError(failure))
  if (result === undefined) throw failure
  const { session, finished, maybePaid, ...files } = result
  if (maybePaid > 0) note(`${plural(maybePaid, 'call')} of earlier runs may have been paid for in vain`)
  if (json) return printJson({ finished, maybePaid, ...files, examples: session.examples, history: session.history })
  if (files.out !== null) print(`${plural(session.examples.length, 'example')}: ${files.out}`)
  else if (finished) print('No example was chosen.')
  else print(`Stopped; the same command goes on from ${files.sessionFile}.`)
}

/** Where the person is. JSON on standard output is for programs; people are talked to beside it. */
async function openReview(flags: Flags, task: Task, signal: AbortSignal): Promise<ReviewPage> {
  const output = flags.json ? process.stderr : process.stdout
  if (flags.review) {
    const { images, port, open } = flags
    return openReviewPage({ task, images, port, open, signal, say: (text) => void output.write(`${text}\n`) })
  }
  if (flags.images !== undefined) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: '--review, since a terminal shows no pictures',
      where: '--images',
      received: flags.images,
    })
  }
  const { close, ...reviewer } = terminalReviewer({ input: process.stdin, output })
  return { reviewer, end: async () => close() }
}

const asError = (failure: unknown) => (failure instanceof Error ? failure : new Error(String(failure)))
