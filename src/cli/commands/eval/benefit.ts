// mimicit eval benefit: do contexts help a model? Loss, and a score if wanted, by shots and in-context function.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { MimicitError } from '../../../base/errors.js'
import { plural } from '../../../base/format.js'
import { openLossJournal } from '../../../evaluate/benefit/loss-journal.js'
import type { BenefitOptions } from '../../../evaluate/benefit/run-benefit.js'
import { type FewShotTaskName, fewShotTasks } from '../../../evaluate/few-shot/tasks.js'
import { benefitReport } from '../../../evaluate/report/benefit.js'
import { asIoError } from '../../../io/directory.js'
import { openDataset } from '../../../shards/dataset.js'
import { interruptSignal } from '../../exit.js'
import { takeCache } from '../../far.js'
import { note } from '../../loudness.js'
import { progressBar } from '../../progress-bar.js'
import { giveReport, type ReportFlags, reportOptions, writeWhole } from '../../report.js'
import { type OtterFlags, otterOptions, type QuestionFlags, questionOptions, questionsOf } from './flags.js'

interface Flags extends ReportFlags, QuestionFlags, OtterFlags {
  readonly task?: FewShotTaskName
  readonly out?: string
}

/** Adds the command. */
export function registerBenefit(evaluate: Command): void {
  const command = evaluate
    .command('benefit')
    .description(
      'Do contexts help? Loss on answers by shots and in-context function, against others of the same length.',
    )
    .argument('<run>', 'directory of a run, or of one of its checkpoints')
    .addOption(new Option('--task <name>', 'also answer, and score the answers').choices(Object.keys(fewShotTasks)))
    .option('--out <dir>', 'directory of losses, answers and report; the same one goes on')
  questionOptions(command, '0,1,2,4')
  otterOptions(command)
  reportOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  mimicit eval benefit runs/first --shots 0,1,2,4 --select image-similarity random --html benefit.html
  mimicit eval benefit runs/first --shots 0,4,8 --out out/benefit   # after a kill the same command goes on
  mimicit eval benefit runs/first --select image-similarity --task vqa --out out/benefit`,
    )
    .action(run)
}

async function run(path: string, flags: Flags): Promise<void> {
  if (flags.task !== undefined && flags.out === undefined) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      ...{ expected: 'a directory for the answers', where: '--out', received: 'none' },
      hint: 'Answers are kept there, so that a killed run goes on.',
    })
  }
  const { datasetOf, openRun } = await import('./answerer.js')
  const { runBenefit } = await import('../../../evaluate/benefit/run-benefit.js')
  const { runFewShot } = await import('../../../evaluate/few-shot/run-few-shot.js')
  const dataset = await openDataset(await datasetOf(path, flags.dataset), takeCache(flags).store)
  const bar = progressBar()
  const signal = interruptSignal()
  try {
    if (flags.out !== undefined) {
      const out = flags.out
      await mkdir(out, { recursive: true }).catch((error) => {
        throw asIoError(error, out)
      })
    }
    const journal = flags.out === undefined ? undefined : join(flags.out, 'journal.jsonl')
    const opened = await openRun(path, dataset, flags, journal)
    try {
      const { model, rules, transform, normalisation } = opened
      const as = { ...(transform && { transform }), ...(normalisation && { normalisation }) }
      const questions = questionsOf(flags)
      const losses = await withLosses(flags.out, opened.name, (kept) =>
        runBenefit(dataset, model, { ...questions, rules, ...as, ...kept, signal, onProgress: bar.update }),
      )
      const select = flags.select.flatMap((name) => [name, `matched:${name}`])
      const scores =
        flags.task === undefined
          ? undefined
          : await runFewShot(dataset, opened.answerer, { ...questions, select, task: flags.task, signal })
      bar.done()
      const result = { ...losses, ...(scores && { scores }) }
      if (flags.out !== undefined)
        await writeWhole(join(flags.out, 'report.json'), `${JSON.stringify(result, null, 2)}\n`)
      await giveReport(flags, result, benefitReport(losses, scores))
    } finally {
      await opened.answerer.close()
    }
  } finally {
    bar.done()
    await dataset.close()
  }
}

/** Measures with the losses that a directory keeps, if there is one. */
async function withLosses<T>(
  out: string | undefined,
  name: string,
  measure: (kept: Pick<BenefitOptions, 'journal'>) => Promise<T>,
): Promise<T> {
  if (out === undefined) return measure({})
  const path = join(out, 'losses.jsonl')
  const losses = await openLossJournal(path)
  const lines = [
    ...(losses.found > 0 ? [`${path}: ${plural(losses.found, 'loss', 'losses')} of earlier runs`] : []),
    ...(losses.damaged > 0 ? [`${plural(losses.damaged, 'line')} cut or damaged, and computed again`] : []),
  ]
  for (const line of lines) note(line)
  try {
    return await measure({ journal: { losses, name } })
  } finally {
    await losses.close()
  }
}
