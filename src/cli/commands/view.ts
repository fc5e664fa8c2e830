// mimicit view: a data set in the browser.
import type { Command } from 'commander'
import { openViewer } from '../../serve/open-viewer.js'
import { openInBrowser } from '../browser.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { integer } from '../parse.js'
import { serveUntilStopped } from '../serving.js'

interface Flags extends CacheFlags {
  readonly tokenizer: string
  readonly port: number
  readonly open: boolean
  readonly json?: true
}

/** Adds the command. */
export function registerView(program: Command): void {
  program
    .command('view')
    .description(
      'Look at a data set in the browser: search, tuples with the contexts of any C_psi, what the model gets, the order.',
    )
    .argument('<dataset>', DATASET)
    .option('--tokenizer <name>', 'bytes, or the path of a tokenizer.json', 'bytes')
    .option('--port <n>', 'port on this machine (default: any that is free)', integer(0), 0)
    .option('--no-open', 'do not open the browser')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print the address as JSON')
    .action(run)
}

async function run(dataset: string, flags: Flags): Promise<void> {
  const { tokenizer, port, open, json } = flags
  const server = await openViewer({ dataset, tokenizer, port, store: takeCache(flags).store })
  if (open) openInBrowser(server.url)
  await serveUntilStopped(server, { json, what: dataset })
}
