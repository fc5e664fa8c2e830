// mimicit eval few-shot: questions of a data set with in-context examples, asked of a trained model, of any model behind an
// end point, or of a file of predictions.
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Answerer } from '../../../evaluate/few-shot/answerer.js'
import { predictionsAnswerer } from '../../../evaluate/few-shot/predictions.js'
import { type FewShotOptions, runFewShot } from '../../../evaluate/few-shot/run-few-shot.js'
import { type FewShotTaskName, fewShotTasks } from '../../../evaluate/few-shot/tasks.js'
import { fewShotReport } from '../../../evaluate/report/few-shot.js'
import { asIoError } from '../../../io/directory.js'
import { type Dataset, openDataset } from '../../../shards/dataset.js'
import { type BackendName, backendNames } from '../../../tensors/backend.js'
import type { Split } from '../../../tuple/tuple.js'
import { interruptSignal } from '../../exit.js'
import { type CacheFlags, cacheBytesOption, cacheOption, takeCache } from '../../far.js'
import { addModelFlags, type ModelFlags, showMeter } from '../../model.js'
import { integer, numberList } from '../../parse.js'
import { progressBar } from '../../progress-bar.js'
import { giveReport, type ReportFlags, reportOptions } from '../../report.js'
import { readReferences } from './references.js'

/** The flags that say what is asked; `eval benefit` has them too. */
export interface QuestionFlags extends CacheFlags {
  readonly dataset?: string
  readonly shots: readonly number[]
  readonly select: readonly string[]
  readonly seeds: number
  readonly querySplit?: Split
  readonly supportSplit?: Split
  readonly queries?: number
  readonly support?: number
  readonly instructions?: RegExp
}

/** The flags that say how a model of ours answers. */
export interface OtterFlags {
  readonly backend: BackendName
  readonly template?: string
  readonly promptTokens?: number
  readonly numBeams: number
}

interface Flags extends ModelFlags, ReportFlags, QuestionFlags, OtterFlags {
  readonly task: FewShotTaskName
  readonly out: string
  readonly predictions?: string
  readonly references?: string
  readonly maxNewTokens?: number
  readonly textDemos?: true
  readonly failed: 'error' | 'empty'
}

const SPLITS = ['train', 'validation', 'test']

/** Adds the flags that say what is asked. */
export function questionOptions(command: Command, shots: string): Command {
  return command
    .option('--dataset <location>', 'data set (default: the one the run was trained on)')
    .option('--shots <n,...>', 'numbers of in-context examples', numberList, numberList(shots))
    .option(
      '--select <function...>',
      'random, text-similarity, image-similarity or another in-context function; matched:<function> is its control',
      ['random'],
    )
    .option('--seeds <n>', 'draws of examples', integer(1), 3)
    .addOption(new Option('--query-split <split>', 'split of the questions').choices(SPLITS))
    .addOption(new Option('--support-split <split>', 'split of what may be shown').choices(SPLITS))
    .option('--queries <n>', 'questions at most (default: all of the split; a fifth where there are none)', integer(1))
    .option('--support <n>', 'pairs that may be shown at most, drawn for each seed (default: all)', integer(1))
    .option('--instructions <pattern>', 'only pairs whose instruction matches this regular expression', pattern)
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
}

/** Adds the flags that say how a model of ours answers. */
export function otterOptions(command: Command): Command {
  return command
    .addOption(new Option('--backend <name>', 'tensor backend').choices(backendNames).default('auto'))
    .option('--template <name>', 'form of prompts (default: that of the training)')
    .option('--prompt-tokens <n>', 'tokens of a prompt at most (default: as in training)', integer(1))
    .option('--num-beams <n>', 'beams of the search', integer(1), 3)
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
    .option('--predictions <file>', 'answers instead of a model: JSON Lines with id, prediction (select, shots, seed)')
    .option('--references <file>', 'references by id of the pair (default: responses, or `answers` of the metadata)')
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
  mimicit eval few-shot --dataset out/pope --task yes-no --predictions out/pope/predictions.jsonl --shots 0 --out out/again`,
    )
    .action(run)
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  const { store } = takeCache(flags)
  await mkdir(flags.out, { recursive: true }).catch((error) => {
    throw asIoError(error, flags.out)
  })
  const references = flags.references === undefined ? undefined : await readReferences(flags.references)
  const { openAnswerer, datasetOf } = await import('./answerer.js')
  const dataset = await openDataset(await datasetOf(path, flags.dataset), store)
  let answerer: Answerer | undefined
  try {
    answerer =
      flags.predictions === undefined
        ? await openAnswerer(path, dataset, flags, join(flags.out, 'journal.jsonl'))
        : await predictionsAnswerer(flags.predictions)
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
  const file = join(flags.out, 'predictions.jsonl')
  const lines: string[] = []
  try {
    const report = await runFewShot(dataset, answerer, {
      ...questionsOf(flags),
      ...{ task: flags.task, failed: flags.failed, signal: interruptSignal(), onMeter: showMeter(bar) },
      ...(flags.maxNewTokens !== undefined && { maxNewTokens: flags.maxNewTokens }),
      ...(references && { references }),
      textDemos: flags.textDemos === true,
      onPrediction: (prediction) => {
        lines.push(`${JSON.stringify(prediction)}\n`)
      },
    })
    bar.done()
    await writeWhole(file, lines.join(''))
    await writeWhole(join(flags.out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
    await giveReport(flags, report, fewShotReport(report))
  } finally {
    bar.done()
  }
}

/** What is asked, as flags say it. */
export function questionsOf(flags: QuestionFlags) {
  const { shots, select, seeds, querySplit, supportSplit, queries, support, instructions } = flags
  return {
    ...{ shots, select, seeds },
    ...(querySplit && { querySplit }),
    ...(supportSplit && { supportSplit }),
    ...(queries !== undefined && { queries }),
    ...(support !== undefined && { support }),
    ...(instructions && { instructions }),
  }
}

/** Takes the place of a file in one step, so that a kill leaves the old one or the new one. */
async function writeWhole(path: string, text: string): Promise<void> {
  try {
    await writeFile(`${path}.partial`, text)
    await rename(`${path}.partial`, path)
  } catch (error) {
    throw asIoError(error, path)
  }
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}
