// mimicit view: data sets and training runs in the browser.
import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { MimicitError } from '../../base/errors.js'
import { isLocal, publicLocation } from '../../io/location.js'
import { openViewer } from '../../serve/open-viewer.js'
import type { AskRun } from '../../serve/runs/run-routes.js'
import { readRunSettings } from '../../train/run-settings.js'
import { openInBrowser } from '../browser.js'
import { examples } from '../examples.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { portNumber } from '../parse.js'
import { serveUntilStopped } from '../serving.js'

interface Flags extends CacheFlags {
  readonly run?: readonly string[]
  readonly tokenizer?: string
  readonly port: number
  readonly open: boolean
  readonly json?: true
}

/** Adds the command. */
export function registerView(program: Command): void {
  program
    .command('view')
    .description(
      'Look at a data set in the browser: search, tuples with the contexts of any C_psi, what the model gets, statistics, the ' +
        'order of the loader; and at training runs while they go on.',
    )
    .argument('<dataset>', `${DATASET}; or the directory of a training run, which is shown with its data set`)
    .option('--run <dir...>', 'directories of training runs to show too')
    .option('--tokenizer <name>', 'bytes, or the path of a tokenizer.json (default: bytes, or that of the run)')
    .option('--port <n>', 'port on this machine (default: any that is free)', portNumber, 0)
    .option('--no-open', 'do not open the browser')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print the address as JSON')
    .addHelpText('after', examples('view out/la', 'view runs/first --no-open --port 8080'))
    .action(run)
}

async function run(place: string, flags: Flags): Promise<void> {
  const { port, open, json } = flags
  const own = (await isRun(place)) ? await readRunSettings(place) : undefined
  const runs = [...(own === undefined ? [] : [place]), ...(flags.run ?? [])]
  const dataset = own?.dataset ?? place
  const tokenizer = flags.tokenizer ?? own?.loader.tokenizer
  const server = await openViewer({ dataset, runs, tokenizer, port, askRun, store: takeCache(flags).store })
  const url = own === undefined ? server.url : `${server.url}#/runs`
  if (open) openInBrowser(url)
  await serveUntilStopped({ ...server, url }, { json, what: publicLocation(place) })
}

async function isRun(place: string): Promise<boolean> {
  if (!isLocal(place)) return false
  return stat(join(place, 'run.json')).then(
    (found) => found.isFile(),
    () => false,
  )
}

/** Asks a checkpoint in a process of its own: the model would keep the server from answering. */
const askRun: AskRun = async (dir, id, signal) => {
  const args = [process.argv[1]!, 'generate', dir, '--id', id, '--max-new-tokens', '40', '--json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], signal })
  const said = { out: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.error += text
  })
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (status !== 0) {
    throw new MimicitError('MIMICIT_NOT_FOUND', {
      expected: 'an answer of the newest checkpoint',
      where: dir,
      received: said.error.trim() || `exit code ${status}`,
    })
  }
  const { step, instruction, answer, reference } = JSON.parse(said.out) as Awaited<ReturnType<AskRun>>
  return { id, step, instruction, answer, reference }
}
