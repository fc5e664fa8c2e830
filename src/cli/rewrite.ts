// What the commands that rewrite whole data sets share: a progress bar, Ctrl-C, and what they print.
import { formatBytes, plural } from '../base/format.js'
import type { RewriteOptions, Rewritten } from '../layout/rewritten.js'
import { interruptSignal } from './exit.js'
import { progressBar } from './progress-bar.js'
import { print, printJson } from './table.js'

/** Runs a rewrite and prints what it made. */
export async function runRewrite<T extends Rewritten>(
  json: true | undefined,
  work: (watch: Pick<RewriteOptions, 'onProgress' | 'signal'>) => Promise<T>,
  more: (made: T) => readonly string[] = () => [],
): Promise<void> {
  const bar = progressBar()
  try {
    const made = await work({ onProgress: bar.update, signal: interruptSignal() })
    bar.done()
    if (json) return printJson(made)
    const { pairs, media } = made.manifest.tables
    const pictures = `${plural(media.rows, 'picture')} (${formatBytes(made.manifest.statistics.pictureBytes)})`
    print(`${plural(pairs.rows, 'pair')}, ${pictures}: ${made.out}`)
    for (const [name, table] of Object.entries(made.manifest.contexts)) {
      print(`  context ${name}: ${plural(table.rows, 'query', 'queries')}, at most ${table.maxContexts} contexts each`)
    }
    for (const line of more(made)) print(line)
  } finally {
    bar.done()
  }
}
