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
import { addModelFlags, foundLines, type ModelFlags, modelOptions, showMeter } from '../../model.js'
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
  if (predictions.length > 2) throw tooMany(predictions.length)
  const read = []
  for (const path of predictions) read.push(await readItems(benchmark, await readAnswers(path), missing))
  const [one, two] = [read[0]!, read[1]]
  await withJudge(flags, `${predictions[0]!}.judge.jsonl`, async (asking) => {
    if (two === undefined) {
      const report = await judgeAnswers(one.items, { mode, unjudged, asking }, one.issues)
      await giveReport(flags, report, judgeReport(report))
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
    await giveReport(flags, report, pairwiseReport(report))
  })
}

async function withJudge(flags: Flags, journal: string, judge: (asking: Asking) => Promise<void>): Promise<void> {
  const model = modelOptions(flags, journal)
  const signal = interruptSignal()
  if (model === undefined) return judge({ signal })
  const session = await openModelSession(model)
  const bar = progressBar()
  try {
    for (const line of foundLines(session.journal.found, session.journal.path)) process.stderr.write(`${line}\n`)
    await judge({ ...session.asking, signal, onMeter: showMeter(bar) })
  } finally {
    bar.done()
    await session.close()
  }
}

function nameOf({ names, predictions }: Flags, place: 0 | 1): string {
  return names?.[place] ?? basename(predictions[place]!).replace(/\.[^.]+$/, '')
}

const tooMany = (count: number) =>
  new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'one file of predictions, or two that are compared',
    where: '--predictions',
    received: `${count} files`,
    hint: 'Compare each two of them with --battles, and rate all with `mimicit eval elo`.',
  })
