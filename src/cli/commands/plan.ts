// mimicit plan: what an epoch over a data set will cost, before anybody trains on it.
import { type Command, Option } from 'commander'
import { measureDecodeRate } from '../../loader/decode-rate.js'
import { type EpochSimulation, simulateEpoch } from '../../loader/simulate-epoch.js'
import { templates } from '../../text/templates.js'
import { examples } from '../examples.js'
import { interruptSignal } from '../exit.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET } from '../far.js'
import { byteCount, integer, positive } from '../parse.js'
import { planTable } from '../plan-table.js'
import { progressBar } from '../progress-bar.js'
import { print, printJson } from '../table.js'

interface Flags extends CacheFlags {
  readonly context?: string
  readonly shots: number
  readonly batchSize: number
  readonly shuffle: string
  readonly seed: number
  readonly epoch: number
  readonly tokenizer: string
  readonly template: string
  readonly maxTokens: number
  readonly pack?: true
  readonly tokensPerBatch?: number
  readonly imageSize: number
  readonly reuse: number
  readonly decodeRate?: number
  readonly bandwidth?: number
  readonly json?: true
}

/** Adds the command. */
export function registerPlan(program: Command): void {
  program
    .command('plan')
    .description(
      'Go through the plan of an epoch without reading a picture: bytes and requests, pictures decoded and the memory that ' +
        'takes, how mixed the samples are, padding, and a time estimate.',
    )
    .argument('<dataset>', DATASET)
    .option('--context <name>', 'in-context function (default: train, else rel_ins_ids)')
    .option('--shots <n>', 'in-context examples of each query', integer(0), 0)
    .option('--batch-size <n>', 'samples a step', integer(1), 8)
    .option('--shuffle <order>', 'none, full, windowed, windowed:<rows> or windowed:<rows>/<blocks>', 'windowed')
    .option('--seed <n>', 'seed of the order', integer(0), 0)
    .option('--epoch <n>', 'which epoch, from 0', integer(0), 0)
    .option('--tokenizer <name>', 'bytes, or the path of a tokenizer.json', 'bytes')
    .addOption(new Option('--template <name>', 'template of a turn').choices(Object.keys(templates)).default('simple'))
    .option('--max-tokens <n>', 'tokens a row at most', integer(2), 2048)
    .option('--pack', 'fill each row with as many whole samples as go into --max-tokens')
    .option('--tokens-per-batch <n>', 'tokens a step, padding included, in place of --batch-size samples', integer(1))
    .option('--image-size <n>', 'pixel rows and columns', integer(1), 224)
    .option('--reuse <bytes>', 'decoded pictures kept for reuse: bytes, or 64MB', byteCount, 64e6)
    .option('--decode-rate <n>', 'pictures decoded a second (default: measured here, for about two seconds)', positive)
    .option('--bandwidth <bytes>', 'bytes read a second, such as 100MB (default: reading takes no time)', byteCount)
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      examples(
        'plan out/la --shots 2 --batch-size 64',
        'plan out/la --shots 2 --pack --max-tokens 2048 --bandwidth 100MB',
      ),
    )
    .action(run)
}

async function run(dataset: string, flags: Flags): Promise<void> {
  const { context, shots, batchSize, shuffle, seed, epoch, tokenizer, template, maxTokens, imageSize } = flags
  const { pack, tokensPerBatch, reuse: reuseBytes, cache, cacheBytes, bandwidth } = flags
  const bar = progressBar()
  try {
    const far = cache === undefined ? {} : { cacheDir: cache, cacheBytes }
    const simulation = await simulateEpoch(dataset, {
      ...{ shots, batchSize, shuffle, seed, epoch, tokenizer, template, maxTokens, imageSize, reuseBytes, ...far },
      ...(context !== undefined && { context }),
      ...(pack && { pack }),
      ...(tokensPerBatch !== undefined && { tokensPerBatch }),
      ...{ onProgress: bar.update, signal: interruptSignal() },
    })
    const stated = flags.decodeRate
    const decodeRate = stated ?? (await measureDecodeRate(dataset, { imageSize, ...(cache && { cacheDir: cache }) }))
    bar.done()
    const estimate = estimateTime(simulation, decodeRate, bandwidth)
    if (flags.json) return printJson({ ...simulation, estimate })
    print(planTable(simulation, { ...estimate, measured: stated === undefined }))
  } finally {
    bar.done()
  }
}

/** Seconds of an epoch, if decoding and reading go on side by side and nothing else takes longer. */
function estimateTime(
  { pictures, reads }: EpochSimulation,
  decodeRate: number | undefined,
  bandwidth: number | undefined,
) {
  const decodeSeconds = decodeRate === undefined ? 0 : pictures.decoded / decodeRate
  const readSeconds = bandwidth === undefined ? 0 : reads.bytes / bandwidth
  return { decodeRate, bandwidth, decodeSeconds, readSeconds, seconds: Math.max(decodeSeconds, readSeconds) }
}
