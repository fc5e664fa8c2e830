// mimicit eval few-shot: questions of a data set with in-context examples, asked of a trained model, of any model behind an
// end point, or of a file of predictions.
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { MimicitError } from '../../../base/errors.js'
import { readAnswersOfPeople } from '../../../evaluate/captions/read-references.js'
import type { Answerer } from '../../../evaluate/few-shot/answerer.js'
import { predictionsAnswerer } from '../../../evaluate/few-shot/predictions.js'
import { type FewShotOptions, runFewShot } from '../../../evaluate/few-shot/run-few-shot.js'
import { type FewShotTaskName, fewShotTasks } from '../../../evaluate/few-shot/tasks.js'
import { fewShotReport } from '../../../evaluate/report/few-shot.js'
import { asIoError } from '../../../io/directory.js'
import { type Dataset, openDataset } from '../../../shards/dataset.js'
import { interruptSignal } from '../../exit.js'
import { takeCache } from '../../far.js'
import { addModelFlags, type ModelFlags, showMeter } from '../../model.js'
import { integer } from '../../parse.js'
import { progressBar } from '../../progress-bar.js'
import { giveReport, type ReportFlags, reportOptions, writeWhole } from '../../report.js'
import { type OtterFlags, otterOptions, type QuestionFlags, questionOptions, questionsOf } from './flags.js'

interface Flags extends ModelFlags, ReportFlags, QuestionFlags, OtterFlags {
  readonly task: FewShotTaskName
  readonly out: string
  readonly predictions?: string
  readonly references?: string
  readonly benchmark?: string
  readonly maxNewTokens?: number
  readonly textDemos?: true
  readonly failed: 'error' | 'empty'
}

/** Adds the command. */
export function registerFewShot(evaluate: Command): void {
  const command = evaluate
    .command('few-shot')
    .description('Score a model on captions, visual questions or yes-no questions with 0 to many in-context examples.')
    .argument('[run]', 'directory of a run, or of one of its checkpoints; or --model, or --predictions')
    .addOption(
      new Option('--task <name>', 'what is asked and how it is scored')
        .choices(Object.keys(fewShotTasks))
        .makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'directory of journal, predictions and report; the same one goes on')
    .option(
      '--predictions <file>',
      'answers instead of a model, in any form that captions have (select, shots, seed beside them)',
    )
    .option(
      '--references <file>',
      'references by id of the pair, or of its picture for captions (default: responses, or `answers` of the metadata)',
    )
    .option('--benchmark <file>', 'ask the questions of a benchmark (TSV as of MMBench) instead of a data set')
    .option('--max-new-tokens <n>', "tokens of an answer at most (default: the task's)", integer(1))
    .option('--text-demos', 'at 0 shots show two examples without their pictures, as OpenFlamingo does')
    .addOption(
      new Option('--failed <policy>', 'a question without an answer: stop, or score an empty one')
        .choices(['error', 'empty'])
        .default('error'),
    )
  questionOptions(command, '0,4,8,16')
  otterOptions(command)
  addModelFlags(command)
  reportOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  mimicit eval few-shot runs/first --task caption --instructions 'caption|Describe' --shots 0,2,4 --out out/captions
  mimicit eval few-shot --dataset out/vqa --task vqa --base-url http://localhost:8000/v1 --model qwen --out out/vqa-qwen
  mimicit eval few-shot runs/first --benchmark mmbench_dev.tsv --task choice --out out/mmbench
  mimicit eval few-shot --dataset out/pope --task yes-no --predictions out/pope/predictions.jsonl --shots 0 --out out/again`,
    )
    .action(run)
}

async function run(path: string | undefined, given: Flags, command: Command): Promise<void> {
  const { store } = takeCache(given)
  // Of a benchmark all is asked, unless it is said how much: nothing is left to be shown.
  const isGiven = command.getOptionValueSource('shots') === 'cli'
  const flags = given.benchmark === undefined || isGiven ? given : { ...given, shots: [0] }
  if (flags.benchmark !== undefined) checkBenchmark(flags)
  await mkdir(flags.out, { recursive: true }).catch((error) => {
    throw asIoError(error, flags.out)
  })
  const references = flags.references === undefined ? undefined : await readAnswersOfPeople(flags.references)
  const { openAnswerer, datasetOf } = await import('./answerer.js')
  const location =
    flags.benchmark === undefined
      ? await datasetOf(path, flags.dataset)
      : await (await import('./benchmark.js')).benchmarkDataset(flags.benchmark, flags.out)
  const dataset = await openDataset(location, store)
  let answerer: Answerer | undefined
  try {
    answerer =
      flags.predictions === undefined
        ? await openAnswerer(path, dataset, flags, join(flags.out, 'journal.jsonl'))
        : await predictionsAnswerer(flags.predictions, fewShotTasks[flags.task])
    await evaluate(dataset, answerer, flags, references)
  } finally {
    await answerer?.close()
    await dataset.close()
  }
}

async function evaluate(
  dataset: Dataset,
  answerer: Answerer,
  flags: Flags,
  references: FewShotOptions['references'],
): Promise<void> {
  const bar = progressBar()
  // Whole under its name, so that a kill leaves the old file or the new one.
  const path = join(flags.out, 'predictions.jsonl')
  const file = await open(`${path}.partial`, 'w').catch((error) => {
    throw asIoError(error, path)
  })
  try {
    const report = await runFewShot(dataset, answerer, {
      ...questionsOf(flags),
      ...{ task: flags.task, failed: flags.failed, signal: interruptSignal(), onMeter: showMeter(bar) },
      ...(flags.maxNewTokens !== undefined && { maxNewTokens: flags.maxNewTokens }),
      ...(references && { references }),
      ...(flags.benchmark !== undefined && flags.queries === undefined && { queries: Number.MAX_SAFE_INTEGER }),
      textDemos: flags.textDemos === true,
      onPrediction: async (prediction) => {
        await file.appendFile(`${JSON.stringify(prediction)}\n`).catch((error) => {
          throw asIoError(error, path)
        })
      },
    })
    await rename(`${path}.partial`, path)
    await writeWhole(join(flags.out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
    bar.done()
    const used = answerer.asking.budget?.spent()
    await giveReport(flags, { ...report, ...(used && { used }) }, fewShotReport(report, used))
  } finally {
    bar.done()
    await file.close()
  }
}

function checkBenchmark({ dataset, queries, shots, querySplit, supportSplit, task }: Flags): void {
  const refuse = (expected: string, where: string, received: string, hint: string) => {
    throw new MimicitError('MIMICIT_BAD_VALUE', { expected, where, received, hint })
  }
  if (task === 'caption') {
    refuse('a task that asks questions', '--task with --benchmark', task, 'Take choice, vqa or yes-no.')
  }
  const split = querySplit ?? supportSplit
  if (dataset !== undefined || split !== undefined) {
    const received = dataset === undefined ? `the split ${split}` : 'a data set too'
    refuse('the questions of one file', '--benchmark', received, 'Leave one of them out.')
  }
  if (queries === undefined && shots.some((count) => count > 0)) {
    const hint = 'Say with --queries how many questions are asked; the others are what is shown.'
    refuse('questions that are not asked, to be shown', '--shots with --benchmark', shots.join(','), hint)
  }
}
