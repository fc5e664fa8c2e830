// mimicit serve-batches: ready batches for a training loop in another language.
import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { MimicitError, show } from '../../base/errors.js'
import { formatBytes, plural } from '../../base/format.js'
import { asIoError } from '../../io/directory.js'
import type { LoaderState } from '../../loader/batch.js'
import { type Loader, loadMimicIT } from '../../loader/load-mimic-it.js'
import type { LoaderOptions } from '../../loader/options.js'
import { awaitReader } from '../../serve/batches/await-reader.js'
import { type ListenAddress, parseListenAddress } from '../../serve/batches/listen-address.js'
import { type ServedBatches, serveBatches } from '../../serve/batches/serve-batches.js'
import { interruptSignal } from '../exit.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET } from '../far.js'
import { note } from '../loudness.js'
import { integer } from '../parse.js'

interface Flags extends CacheFlags {
  readonly rank?: number
  readonly worldSize?: number
  readonly batchSize?: number
  readonly context?: string
  readonly shots?: number
  readonly epochs?: number
  readonly seed?: number
  readonly tokenizer?: string
  readonly maxTokens?: number
  readonly imageSize?: number
  readonly pixels?: 'uint8' | 'float32'
  readonly options?: string
  readonly resume?: string
  readonly listen?: string
  readonly sharedMemory?: true
  readonly json?: true
}

/** Adds the command. */
export function registerServeBatches(program: Command): void {
  program
    .command('serve-batches')
    .description(
      'Write ready batches as Arrow IPC, for a training loop in Python or elsewhere: one stream a batch, with the state to ' +
        'resume from in its metadata. To standard output, or to the one reader of a socket.',
    )
    .argument('<dataset>', DATASET)
    .option('--rank <n>', 'which of the processes that train together this is for, from 0', integer(0))
    .option('--world-size <n>', 'processes that train together', integer(1))
    .option('--batch-size <n>', 'samples a step, on all ranks together', integer(1))
    .option('--context <name>', 'in-context function (default: train, else rel_ins_ids)')
    .option('--shots <n>', 'in-context examples of each query', integer(0))
    .option('--epochs <n>', 'epochs until the stream ends (default: 1)', integer(1))
    .option('--seed <n>', 'seed of the order', integer(0))
    .option('--tokenizer <name>', 'bytes, or the path of a tokenizer.json')
    .option('--max-tokens <n>', 'tokens a row at most', integer(2))
    .option('--image-size <n>', 'pixel rows and columns', integer(1))
    .addOption(
      new Option(
        '--pixels <type>',
        'uint8 is a quarter of the bytes, and what makes floats of them comes along (default: float32)',
      ).choices(['uint8', 'float32']),
    )
    .option('--options <json>', 'any other option of loadMimicIT, as JSON or the path of a JSON file')
    .option('--resume <state>', 'go on from a state that a batch carried, as JSON or the path of a JSON file')
    .option(
      '--listen <address>',
      'unix:PATH, tcp:PORT (this machine only) or tcp:HOST:PORT, in place of standard output',
    )
    .option(
      '--shared-memory',
      'fill files that the reader names on standard input (or the socket), a line each; what comes is how many bytes each has, a ' +
        'line each: half of the cost of a pipe (Linux; examples/python/batches.py does it by itself)',
    )
    .option('--json', 'print the summary as JSON, on standard error')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .addHelpText(
      'after',
      `
Examples:
  mimicit serve-batches out/la --shots 2 --rank $RANK --world-size $WORLD_SIZE | python train.py
  mimicit serve-batches out/la --listen unix:/tmp/batches.sock --pixels uint8 --options '{"pack": true}'
  examples/python/train_ddp.py starts it by itself, one for each rank.`,
    )
    .action(run)
}

async function run(dataset: string, flags: Flags): Promise<void> {
  const address = flags.listen === undefined ? undefined : parseListenAddress(flags.listen)
  if (flags.sharedMemory && address?.kind === 'tcp') {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'unix:PATH, or standard output',
      where: '--listen with --shared-memory',
      received: `${flags.listen}, by which another machine could name files of this one`,
    })
  }
  if (address === undefined && process.stdout.isTTY) {
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: 'a pipe or a file',
      where: 'standard output',
      received: 'a terminal, which would be filled with bytes',
      hint: 'Pipe it into what reads batches (| python train.py), or name a socket with --listen.',
    })
  }
  const options = await optionsOf(flags)
  const signal = interruptSignal()
  const loader = loadMimicIT(dataset, { ...options, signal })
  // What is wrong with the options is told before anybody connects.
  const { length, samples } = await loader.ready()
  const steps = length === undefined ? '' : `, ${plural(length, 'step')}`
  note(`${dataset}: ${plural(samples, 'sample')} an epoch${steps}`)
  const served =
    address === undefined ? await serveHere(loader, flags, signal) : await serveTo(address, loader, flags, signal)
  if (flags.json) process.stderr.write(`${JSON.stringify(served)}\n`)
  else note(summary(served))
}

async function serveHere(loader: Loader, { sharedMemory }: Flags, signal: AbortSignal): Promise<ServedBatches> {
  if (!sharedMemory) return serveBatches(loader, process.stdout)
  try {
    return await serveBatches(loader, process.stdout, { lent: process.stdin, signal })
  } finally {
    // Nothing is to be heard there any more, and it would keep the process.
    process.stdin.destroy()
  }
}

async function serveTo(
  address: ListenAddress,
  loader: Loader,
  { sharedMemory }: Flags,
  signal: AbortSignal,
): Promise<ServedBatches> {
  try {
    const reader = await awaitReader(address, {
      signal,
      onListening: (at) => note(`waiting at ${at.kind === 'unix' ? at.path : `${at.host}:${at.port}`}`),
    })
    const options = sharedMemory ? { lent: reader.socket, signal } : {}
    return await serveBatches(loader, reader.socket, options).finally(() => reader.close())
  } finally {
    await loader.close()
  }
}

const summary = ({ batches, bytes, whole }: ServedBatches) =>
  `${plural(batches, 'batch', 'batches')}, ${formatBytes(bytes)}${whole ? '' : '; the reader left before the end'}`

/** Flags before what `--options` says, which is for all that has no flag. */
async function optionsOf(flags: Flags): Promise<LoaderOptions> {
  const { options, resume, listen: _, sharedMemory = false, json: __, cache, cacheBytes, ...named } = flags
  const told = options === undefined ? {} : ((await readJson('--options', options)) as LoaderOptions)
  return {
    // A pipe holds this thread while its reader is slow; files are filled by others, and pixels that this thread has made itself
    // come to no second heap, which V8 would look through for garbage at every fifth batch of float32 pixels. Without pixels there
    // is no such heap to fill, and no decoder that has the other cores.
    worker: !sharedMemory || told.mediaLayout === 'text-only',
    ...told,
    ...(cache !== undefined && { cacheDir: cache, cacheBytes }),
    ...named,
    ...(resume !== undefined && { resume: (await readJson('--resume', resume)) as unknown as LoaderState }),
  }
}

/** What each looks like. */
const SUCH_AS = {
  '--options': 'options of loadMimicIT such as {"maxTokens": 1024}',
  '--resume': 'a loader state such as {"v": 1, "plan": "…", "epoch": 0, "step": 0, "seen": 0}',
} as const

/** A text that begins as a value does, or is one: `./5` is a file. */
const INLINE = /^\s*([[{"]|(null|true|false|-?\d[\d.e+-]*)\s*$)/i

/** @throws MimicitError MIMICIT_BAD_JSON, MIMICIT_BAD_VALUE for what is no object, MIMICIT_NOT_FOUND, MIMICIT_IO */
async function readJson(option: keyof typeof SUCH_AS, given: string): Promise<Readonly<Record<string, unknown>>> {
  const inline = INLINE.test(given)
  const where = inline ? option : `${option} ${given}`
  const text = inline ? given : await textOf(option, given)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new MimicitError('MIMICIT_BAD_JSON', { expected: SUCH_AS[option], where, received: (error as Error).message })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new MimicitError('MIMICIT_BAD_VALUE', { expected: SUCH_AS[option], where, received: show(value) })
}

async function textOf(option: keyof typeof SUCH_AS, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw asIoError(cause, `${option} ${path}`)
    throw new MimicitError('MIMICIT_NOT_FOUND', {
      expected: 'JSON, or the path of a JSON file',
      where: option,
      received: path,
      hint: `It says ${SUCH_AS[option]}.`,
      cause,
    })
  }
}
