// mimicit arena: votes on the answers of two models, without knowing whose they are.
import type { Command } from 'commander'
import { openViewer } from '../../serve/open-viewer.js'
import { openInBrowser } from '../browser.js'
import { examples } from '../examples.js'
import { DATASET } from '../far.js'
import { integer, portNumber } from '../parse.js'
import { serveUntilStopped } from '../serving.js'

interface Flags {
  readonly out: string
  readonly dataset?: string
  readonly seed: number
  readonly port: number
  readonly open: boolean
  readonly json?: true
}

/** Adds the command. */
export function registerArena(program: Command): void {
  program
    .command('arena')
    .description(
      'Vote in the browser on two answers to a question, without knowing whose they are; `eval elo` reads the votes.',
    )
    .argument('<answers...>', 'JSON Lines: {"id": "…", "answer": "…"}, a file a model, or with "model" in each line')
    .requiredOption('--out <file>', 'votes, one JSON line each; what is there already is not asked again')
    .option('--dataset <dataset>', `shows questions and pictures: ${DATASET}`)
    .option('--seed <n>', 'of the order and the sides', integer(0), 0)
    .option('--port <n>', 'port on this machine (default: any that is free)', portNumber, 0)
    .option('--no-open', 'do not open the browser')
    .option('--json', 'print the address as JSON')
    .addHelpText('after', examples('arena first.jsonl second.jsonl --dataset out/la --out votes.jsonl'))
    .action(run)
}

async function run(answers: readonly string[], { out, dataset, seed, port, open, json }: Flags): Promise<void> {
  const server = await openViewer({ dataset, port, arena: { answers, out, seed } })
  // The part of the page stands behind #, which a browser keeps through the redirect.
  const url = `${server.url}#/arena`
  if (open) openInBrowser(url)
  await serveUntilStopped({ ...server, url }, { json, what: 'the arena' })
}
