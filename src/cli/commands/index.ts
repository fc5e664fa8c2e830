// mimicit index: the indexes of a data set, made anew from its tables.
import type { Command } from 'commander'
import { plural } from '../../base/format.js'
import { rebuildIndexes } from '../../shards/rebuild-indexes.js'
import { examples } from '../examples.js'
import { print, printJson } from '../table.js'

/** Adds the command. */
export function registerIndex(program: Command): void {
  program
    .command('index')
    .description('Rebuild the indexes of a data set from its tables, which are checked first.')
    .argument('<dataset>', 'directory of a data set')
    .option('--json', 'print what was done as JSON')
    .addHelpText('after', examples('index out/la'))
    .action(run)
}

async function run(location: string, { json }: { readonly json?: true }): Promise<void> {
  const result = await rebuildIndexes(location)
  if (json) return printJson(result)
  const { indexes, replaced } = result
  const what = replaced.length === 0 ? 'all as they were' : `replaced ${replaced.join(', ')}`
  print(`${plural(indexes.length, 'index', 'indexes')}: ${what}`)
}
