// mimicit worker: does parts of jobs that others put into a queue. Each part is one of our own commands in a process of its
// own, which ends with the worker: what it cannot do twice, it has written down.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Command } from 'commander'
import { MimicitError } from '../../base/errors.js'
import { partName } from '../../work/part.js'
import { type PartTask, work } from '../../work/queue.js'
import { interruptSignal } from '../exit.js'
import { integer, positive } from '../parse.js'
import { QUEUE_VARIABLE } from '../parts.js'
import { print } from '../table.js'

interface Flags {
  readonly concurrency: number
  readonly lease: number
  readonly untilEmpty?: true
  readonly json?: true
}

/** Commands that may come out of a queue: whoever can write to it can have them run, and nothing else. */
const COMMANDS: ReadonlySet<string> = new Set(['context', 'import', 'syphus'])

/** Adds the command. */
export function registerWorker(program: Command): void {
  program
    .command('worker')
    .description('Do parts of jobs that were given with --queue.')
    .argument('<queue>', 'Redis or Valkey: redis://host:port')
    .option('--concurrency <n>', 'parts at once', integer(1), 1)
    .option('--lease <seconds>', 'a worker that gave no sign of life for so long has lost its part', positive, 30)
    .option('--until-empty', 'end when there is nothing more to do')
    .option('--json', 'print what becomes of each part as a line of JSON')
    .addHelpText(
      'after',
      `
Workers, and who gives the jobs, see the same files under the same paths. Keys of models come from the worker's own
environment; a rate (--rpm, --tpm) holds for all workers of a queue together.

Examples:
  mimicit worker redis://localhost:6379 --concurrency 4
  mimicit worker redis://queue.example.org:6379 --until-empty`,
    )
    .action(run)
}

async function run(queue: string, { concurrency, lease, untilEmpty, json }: Flags): Promise<void> {
  await work({
    ...{ url: queue, concurrency, leaseMs: Math.round(lease * 1000), untilEmpty, signal: interruptSignal() },
    run: (task, signal) => runTask(queue, task, signal),
    onPart: ({ part, command }, what, error) => {
      const name = partName(part)
      if (json) return print(JSON.stringify({ part: name, what, command, error: error?.message ?? null }))
      print(`${name} ${what}: ${command.join(' ')}${error === undefined ? '' : ` (${error.message})`}`)
    },
  })
}

async function runTask(queue: string, { command, directory, part }: PartTask, signal: AbortSignal): Promise<void> {
  if (!COMMANDS.has(command[0] ?? '')) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `one of the commands ${[...COMMANDS].join(', ')}`,
      where: 'a part from the queue',
      received: command[0] ?? 'none',
    })
  }
  const child = fork(process.argv[1]!, [...command, '--part', `${part.index}/${part.count}`], {
    cwd: directory,
    env: { ...process.env, [QUEUE_VARIABLE]: queue },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const onAbort = () => child.kill('SIGINT')
  signal.addEventListener('abort', onAbort, { once: true })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString('utf8')}`.slice(-2000)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  signal.removeEventListener('abort', onAbort)
  if (code !== 0) throw new Error(said.trim().split('\n').at(-1) || `exit code ${code}`)
}
