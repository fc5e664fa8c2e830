// mimicit eval judge: answers to a benchmark, judged by rules or by a model; or two models compared.
import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Command, Option } from 'commander'
import { MimicitError } from '../../../base/errors.js'
import { MISSING_ANSWERS, readAnswers, readItems } from '../../../evaluate/judge/items.js'
import { type JudgeModeName, judgeModes } from '../../../evaluate/judge/modes.js'
import { type Asking, judgeAnswers, UNJUDGED_POLICIES } from '../../../evaluate/judge/run-judge.js'
import { battlesOf, judgePairs } from '../../../evaluate/judge/run-pairwise.js'
import { judgeReport, pairwiseReport } from '../../../evaluate/report/judge.js'
import { asIoError } from '../../../io/directory.js'
import { openModelSession } from '../../../llm/model-session.js'
import { interruptSignal } from '../../exit.js'
import { addModelFlags, type ModelFlags, modelOptions, showMeter, tellFound } from '../../model.js'
import { progressBar } from '../../progress-bar.js'
import { giveReport, type ReportFlags, reportOptions } from '../../report.js'

interface Flags extends ModelFlags, ReportFlags {
  readonly benchmark: string
  readonly predictions: readonly string[]
  readonly names?: readonly string[]
  readonly mode: JudgeModeName
  readonly missing: (typeof MISSING_ANSWERS)[number]
  readonly unjudged: (typeof UNJUDGED_POLICIES)[number]
  readonly battles?: string
}

/** Adds the command. */
export function registerJudge(evaluate: Command): void {
  const command = evaluate
    .command('judge')
    .description('Judge answers to a benchmark, by the exact match or by a language model; two files are compared.')
    .requiredOption('--benchmark <file>', 'questions with answers: TSV as of MMBench, or JSON Lines')
    .requiredOption('--predictions <file...>', 'answers of one model, or of two that are compared in both orders')
    .option('--names <name...>', 'names of the two models (default: names of the files)')
    .addOption(
      new Option('--mode <name>', 'right or wrong, or from 0 to 100').choices(Object.keys(judgeModes)).default('match'),
    )
    .addOption(
      new Option('--missing <policy>', 'a question without an answer: stop, or judge an empty one')
        .choices(MISSING_ANSWERS)
        .default('error'),
    )
    .addOption(
      new Option('--unjudged <policy>', 'where the judge says nothing: stop, or take it for wrong (a tie of two)')
        .choices(UNJUDGED_POLICIES)
        .default('error'),
    )
    .option('--battles <file>', 'of two models: write the verdicts for `mimicit eval elo`')
  addModelFlags(command)
  reportOptions(command)
    .addHelpText(
      'after',
      `
Without --model answers are judged by rules: the option they name, or the same words.
Examples:
  mimicit eval judge --benchmark mmbench_dev.tsv --predictions otter.jsonl
  mimicit eval judge --benchmark mmagi.tsv --predictions otter.jsonl --model gpt-4o-mini --journal judge.jsonl --max-cost 5
  mimicit eval judge --benchmark mmagi.tsv --predictions otter.jsonl llava.jsonl --model gpt-4o-mini --battles battles.jsonl`,
    )
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const { benchmark, predictions, missing, mode, unjudged } = flags
  checkFlags(flags)
  const read = []
  for (const path of predictions) read.push(await readItems(benchmark, await readAnswers(path), missing))
  const [one, two] = [read[0]!, read[1]]
  await withJudge(flags, `${predictions[0]!}.judge.jsonl`, async (asking) => {
    if (two === undefined) {
      const report = await judgeAnswers(one.items, { mode, unjudged, asking }, one.issues)
      const used = asking.budget?.spent()
      await giveReport(flags, { ...report, ...(used && { used }) }, judgeReport(report, used))
      return
    }
    const names = [nameOf(flags, 0), nameOf(flags, 1)] as const
    const pairs = one.items.map((item, i) => [item, two.items[i]!] as const)
    const report = await judgePairs(pairs, { names, unjudged, asking }, [...one.issues, ...two.issues])
    if (flags.battles !== undefined) {
      const lines = battlesOf(report).map((battle) => `${JSON.stringify({ ...battle, judge: report.judge })}\n`)
      const path = flags.battles
      await writeFile(path, lines.join('')).catch((error) => {
        throw asIoError(error, path)
      })
    }
    const used = asking.budget?.spent()
    await giveReport(flags, { ...report, ...(used && { used }) }, pairwiseReport(report, used))
  })
}

async function withJudge(flags: Flags, journal: string, judge: (asking: Asking) => Promise<void>): Promise<void> {
  const model = modelOptions(flags, journal)
  const signal = interruptSignal()
  if (model === undefined) return judge({ signal })
  const session = await openModelSession(model)
  const bar = progressBar()
  try {
    tellFound(session.journal.found, session.journal.path)
    await judge({ ...session.asking, signal, onMeter: showMeter(bar) })
  } finally {
    bar.done()
    await session.close()
  }
}

function nameOf({ names, predictions }: Flags, place: 0 | 1): string {
  return names?.[place] ?? basename(predictions[place]!).replace(/\.[^.]+$/, '')
}

function checkFlags({ predictions, names, battles, mode }: Flags): void {
  const refuse = (expected: string, where: string, received: string, hint: string) => {
    throw new MimicitError('MIMICIT_BAD_VALUE', { expected, where, received, hint })
  }
  const count = predictions.length
  if (count > 2) {
    const hint = 'Compare each two of them with --battles, and rate all with `mimicit eval elo`.'
    refuse('one file of predictions, or two that are compared', '--predictions', `${count} files`, hint)
  }
  if (names !== undefined && (count !== 2 || names.length !== 2)) {
    const received = `${names.length} for ${count} files of predictions`
    refuse('two names of two files that are compared', '--names', received, 'One model alone needs no name.')
  }
  if (battles !== undefined && count !== 2) {
    refuse('two files of predictions', '--battles', 'one', 'A battle is between two models.')
  }
  if (mode !== 'match' && count === 2) {
    refuse(
      'no way to score single answers',
      '--mode',
      'two files that are compared',
      'Judge each by itself, or leave it out.',
    )
  }
}
