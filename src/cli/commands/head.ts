// mimicit head: some tuples of a data set as a person would read them, with their contexts.
import type { Command } from 'commander'
import { defaultContext, selectContexts } from '../../context/select.js'
import { type Dataset, openDataset } from '../../shards/dataset.js'
import type { Pair } from '../../tuple/tuple.js'
import { examples } from '../examples.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from '../far.js'
import { integer } from '../parse.js'
import { print, printJson } from '../table.js'

interface Flags extends CacheFlags {
  readonly count: number
  readonly id?: string
  readonly context?: string
  readonly shots: number
  readonly json?: true
}

/** Adds the command. */
export function registerHead(program: Command): void {
  program
    .command('head')
    .description('Print tuples: instruction, response, pictures and in-context examples.')
    .argument('<dataset>', DATASET)
    .option('-n, --count <n>', 'how many', integer(1), 3)
    .option('--id <id>', 'the tuple of this id')
    .option('--context <name>', 'in-context function (default: train, else rel_ins_ids)')
    .option('--shots <n>', 'contexts shown of each', integer(0), 3)
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      examples('head out/la -n 2 --shots 4', 'head out/la --id LA_INS_000000516008_0 --context rel_ins_ids'),
    )
    .action(run)
}

async function run(location: string, flags: Flags): Promise<void> {
  const dataset = await openDataset(location, takeCache(flags).store)
  try {
    const context = await selectContexts(dataset, flags.context ?? defaultContext(dataset))
    const tuples = []
    for (const row of await queries(dataset, context.queries, flags)) {
      const rows = await context.contexts(row)
      const shown = await Promise.all(rows.slice(0, flags.shots).map((at) => dataset.pair(at)))
      tuples.push({ row, query: await describe(dataset, row), contexts: shown, contextCount: rows.length })
    }
    if (flags.json) return printJson({ context: context.name, tuples })
    for (const tuple of tuples) print(render(tuple, context.name))
  } finally {
    await dataset.close()
  }
}

/** The rows to show: one by id, or the first queries of the in-context function. */
async function queries(dataset: Dataset, listed: Int32Array | undefined, { id, count }: Flags): Promise<number[]> {
  if (id !== undefined) return [await dataset.pairRow(id)]
  const rows = listed ?? Int32Array.from({ length: Math.min(count, dataset.manifest.tables.pairs.rows) }, (_, i) => i)
  return Array.from(rows.slice(0, count))
}

interface DescribedPair extends Pair {
  readonly pictures: readonly {
    readonly id: string
    readonly width: number
    readonly height: number
    readonly format: string
  }[]
}

async function describe(dataset: Dataset, row: number): Promise<DescribedPair> {
  const pair = await dataset.pair(row)
  const pictures = await Promise.all(
    pair.media.map(async (mediaRow, i) => {
      const { width, height, format } = await dataset.media(mediaRow)
      return { id: pair.mediaIds[i] ?? '', width, height, format }
    }),
  )
  return { ...pair, pictures }
}

interface Tuple {
  readonly row: number
  readonly query: DescribedPair
  readonly contexts: readonly Pair[]
  readonly contextCount: number
}

function render({ row, query, contexts, contextCount }: Tuple, context: string): string {
  const visuals = query.pictures.map((p) => `${p.id} (${p.format} ${p.width}x${p.height})`).join(', ') || 'none'
  const lines = [
    `${query.id}  row ${row}, ${query.subset}, ${query.language}${query.split === null ? '' : `, ${query.split}`}`,
    `  visuals      ${visuals}`,
    `  instruction  ${indent(query.instruction)}`,
    `  response     ${indent(query.response)}`,
    `  contexts     ${contextCount} by ${context}`,
  ]
  for (const pair of contexts) {
    lines.push(
      `    ${pair.id}  ${pair.mediaIds.join(', ') || 'no visuals'}`,
      `      I  ${indent(pair.instruction, 9)}`,
      `      R  ${indent(pair.response, 9)}`,
    )
  }
  return `${lines.join('\n')}\n`
}

const indent = (text: string, width = 15) => text.replaceAll('\n', `\n${' '.repeat(width)}`)
