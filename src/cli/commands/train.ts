// mimicit train: a data set into a trained Otter.
import { type Command, Option } from 'commander'
import { formatCount, formatDuration } from '../../base/format.js'
import { CONTEXT_ORDERS } from '../../loader/plan/choose-contexts.js'
import { presets } from '../../otter/presets.js'
import { trainableChoices } from '../../otter/trainable.js'
import { type BackendName, backendNames } from '../../tensors/backend.js'
import { labelPolicies } from '../../text/labels/index.js'
import { templates } from '../../text/templates.js'
import { decayRules } from '../../train/decay.js'
import type { StepMetrics } from '../../train/metrics.js'
import { type RunControl, type RunResult, resumeRun, startRun } from '../../train/run.js'
import { schedules } from '../../train/schedule.js'
import { examples } from '../examples.js'
import { EXIT, interruptSignal } from '../exit.js'
import { cacheBytesOption, cacheOption, DATASET } from '../far.js'
import { loaderStatsTable } from '../loader-stats.js'
import { note } from '../loudness.js'
import { integer, nonNegative, positive } from '../parse.js'
import { progressBar } from '../progress-bar.js'
import type { ProgressBar } from '../progress-shown.js'
import { print, printJson } from '../table.js'
import { type TrainFlags, trainSettings } from '../train-settings.js'

interface Flags extends TrainFlags {
  readonly out: string
  readonly resume?: true
  readonly backend: BackendName
  readonly cacheVision?: string
  readonly stats?: true
  readonly json?: true
}

/** Adds the command. */
export function registerTrain(program: Command): void {
  const choice = (flags: string, text: string, names: readonly string[], preset: string) =>
    new Option(flags, text).choices(names).default(preset)
  program
    .command('train')
    .description('Train an Otter model on a data set. Ctrl-C saves a checkpoint; --resume goes on exactly there.')
    .argument('[dataset]', `${DATASET}; not with --resume`)
    .requiredOption('--out <dir>', 'directory of the run: checkpoints, metrics, loss curve')
    .option('--resume', 'continue the run in --out; data set and settings are those of the run')
    .option(
      '--config <file>',
      'settings of the run as YAML or JSON (as in run.json); flags that are given come before them',
    )
    .addOption(choice('--model <preset>', 'configuration of the model', Object.keys(presets), 'tiny'))
    .option('--model-config <file>', 'config.json of another model, in place of a preset')
    .option(
      '--weights <location...>',
      'start from weights: files, directories or checkpoints, put together in this order',
    )
    .addOption(
      new Option('--trainable <which>', 'parameters that learn (default: all, with --weights published)').choices(
        trainableChoices,
      ),
    )
    .option('--steps <n>', 'updates of the parameters', integer(1), 300)
    .option('--batch-size <n>', 'samples a step', integer(1), 8)
    .option('--lr <rate>', 'highest learning rate', positive, 1e-3)
    .addOption(choice('--schedule <name>', 'how the rate falls', Object.keys(schedules), 'cosine'))
    .option('--warmup <n>', 'steps of linear warm-up (default: a tenth of the steps, at most 100)', integer(0))
    .option('--weight-decay <x>', 'decoupled weight decay', nonNegative, 0.1)
    .addOption(
      choice('--decay <rule>', 'which parameters decay, by the rule of which model', Object.keys(decayRules), 'otter'),
    )
    .option('--accumulate <n>', 'batches that make one update', integer(1), 1)
    .addOption(
      choice('--loss-per <what>', 'what the loss is a mean of: labels, or samples', ['token', 'sample'], 'token'),
    )
    .option(
      '--eval-every <n>',
      'steps between evaluations on a held-out split; the best checkpoint is kept',
      integer(1),
    )
    .addOption(
      choice('--eval-split <split>', 'split that is evaluated on', ['validation', 'test', 'train'], 'validation'),
    )
    .option('--eval-samples <n>', 'samples of an evaluation at most', integer(1), 1000)
    .option('--patience <n>', 'end after so many evaluations without a better loss', integer(1))
    .option('--context <name>', 'in-context function (default: train, else rel_ins_ids)')
    .option('--shots <n>', 'in-context examples of each query', integer(0), 0)
    .option('--context-pool <n>', 'draw the shots among so many of the nearest, others in every epoch', integer(1))
    .addOption(
      new Option('--context-order <name>', 'how contexts stand (default: the most similar one last)').choices(
        CONTEXT_ORDERS,
      ),
    )
    .addOption(choice('--template <name>', 'template of a turn', Object.keys(templates), 'simple'))
    .option(
      '--task-descriptions <text...>',
      'texts of which one stands in front of each sample, or manifest: those that the training YAML of the data named',
    )
    .addOption(choice('--labels <name>', 'which tokens get loss', Object.keys(labelPolicies), 'head'))
    .option('--tokenizer <name>', 'bytes, or the path of a tokenizer.json', 'bytes')
    .option('--max-tokens <n>', 'tokens a row at most; contexts are dropped to fit', integer(2), 2048)
    .option('--pack', 'fill each row of a batch with as many whole samples as go into --max-tokens')
    .option('--tokens-per-batch <n>', 'tokens a step, padding included, in place of --batch-size samples', integer(1))
    .addOption(
      choice(
        '--on-bad-sample <what>',
        'a sample that the data make unusable (too long, a broken picture): end, or let another stand in and tell of it',
        ['error', 'substitute'],
        'error',
      ),
    )
    .option('--seed <n>', 'seed of weights and order', integer(0), 0)
    .addOption(choice('--backend <name>', 'tensor backend', backendNames, 'auto'))
    .option('--checkpoint-every <n>', 'steps between checkpoints', integer(1), 500)
    .option('--cache-vision <dir>', 'keep what a frozen vision tower gives; later epochs do not run it')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--stats', 'print where the time of loading went')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      examples(
        'train out/la --model tiny --steps 100 --shots 2 --out runs/first',
        'train out/la --eval-every 50 --patience 4 --out runs/held-out',
        'train --out runs/first --resume',
      ),
    )
    .action(run)
}

async function run(dataset: string | undefined, flags: Flags, command: Command): Promise<void> {
  checkUse(dataset, flags, command)
  const isGiven = (flag: string) => command.getOptionValueSource(flag) === 'cli'
  const bar = progressBar()
  try {
    const result = await trainWithProgress(dataset ?? '', flags, isGiven, bar)
    bar.done()
    if (result.reason === 'aborted') process.exitCode = EXIT.interrupted
    if (flags.json) {
      const { metrics: _, ...summary } = result
      printJson({ ...summary, firstLoss: result.metrics[0]?.loss ?? null })
    } else report(result, flags.stats === true)
  } finally {
    bar.done()
  }
}

/** With --resume everything comes from the run; whatever else is given would be ignored, so it is refused. */
function checkUse(dataset: string | undefined, flags: Flags, command: Command): void {
  if (flags.resume !== true) {
    if (dataset === undefined) command.error("error: missing required argument 'dataset'")
    return
  }
  const free = new Set(['out', 'resume', 'backend', 'cacheVision', 'stats', 'json'])
  const given = command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .filter((option) => !free.has(option.attributeName()))
    .map((option) => option.long)
  if (dataset !== undefined) given.push('the data set')
  if (given.length > 0) command.error(`error: with --resume the run decides; leave out ${given.join(', ')}`)
}

async function trainWithProgress(
  dataset: string,
  flags: Flags,
  isGiven: (flag: string) => boolean,
  bar: ProgressBar,
): Promise<RunResult> {
  const vision = flags.cacheVision === undefined ? {} : { visionCache: flags.cacheVision }
  const control: RunControl = { backend: flags.backend, signal: interruptSignal(), ...vision, ...stepProgress(bar) }
  if (flags.resume) return resumeRun(flags.out, control)
  const settings = await trainSettings(dataset, flags, isGiven)
  return startRun(flags.out, settings, control)
}

/** Shows loss, speed and the share of time spent waiting for data. */
function stepProgress(bar: ProgressBar): Required<Pick<RunControl, 'onStep' | 'onReady' | 'onEvaluation'>> {
  let from = 0
  let began = 0
  let waited = 0
  let tokens = 0
  let images = 0
  let heldOut = ''
  return {
    onReady(facts) {
      from = facts.from
      began = performance.now()
      const trained = `${formatCount(facts.trainedParameters)} of ${formatCount(facts.parameters)} parameters`
      const steps = facts.stepsPerEpoch === undefined ? '' : `, ${facts.stepsPerEpoch} steps an epoch`
      note(`${facts.backend}, training ${trained}${steps}`)
      const { pairs, stored } = facts.lengths ?? { pairs: 0, stored: 0 }
      if (stored < pairs) {
        note(
          `token counts of ${formatCount(stored)} of ${formatCount(pairs)} pairs are stored (mimicit tokenize); ` +
            'the others are counted window by window',
        )
      }
    },
    onStep(metrics: StepMetrics, steps: number) {
      const elapsed = performance.now() - began
      const done = metrics.step - from
      waited += metrics.dataWaitMs
      tokens += metrics.tokens
      images += metrics.images
      const left = (elapsed / done) * (steps - metrics.step)
      const rate = (done / elapsed) * 1000
      const wait = (100 * waited) / elapsed
      const perSecond = (count: number) => formatCount(Math.round((count / elapsed) * 1000))
      bar.show(
        metrics.step / steps,
        `step ${metrics.step}/${steps}, loss ${metrics.loss.toFixed(3)}${heldOut}, ${rate.toFixed(1)} steps/s, ` +
          `${perSecond(tokens)} labels/s, ${perSecond(images)} images/s, data wait ${wait.toFixed(1)} %, ${formatDuration(left)} left`,
      )
    },
    onEvaluation({ evalLoss }) {
      heldOut = ` (held out ${evalLoss.toFixed(3)})`
    },
  }
}

function report({ reason, step, metrics, best, checkpoint, page, dir, loader }: RunResult, stats: boolean): void {
  const first = metrics[0]
  const last = metrics.at(-1)
  const time = metrics.reduce((sum, m) => sum + m.stepMs + m.dataWaitMs, 0)
  const waited = metrics.reduce((sum, m) => sum + m.dataWaitMs, 0)
  const ended = {
    finished: 'finished',
    'data-ended': 'ended with its data',
    aborted: 'stopped',
    'early-stopped': 'ended early',
  }[reason]
  print(`${ended} at step ${step}: loss ${first?.loss.toFixed(3) ?? '-'} -> ${last?.loss.toFixed(3) ?? '-'}`)
  print(`  ${formatDuration(time)} of steps, ${((100 * waited) / Math.max(time, 1)).toFixed(1)} % waiting for data`)
  if (best !== undefined) print(`  held-out loss at its lowest ${best.loss.toFixed(3)}, after step ${best.step}`)
  if (checkpoint !== undefined) print(`  checkpoint  ${checkpoint}`)
  print(`  loss curve  ${page}`)
  if (stats) print(`loading\n${loaderStatsTable(loader).replace(/^/gm, '  ')}`)
  if (reason === 'aborted') print(`  go on with  mimicit train --out ${dir} --resume`)
}
