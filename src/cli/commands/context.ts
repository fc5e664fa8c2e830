// mimicit context: computes in-context functions as tables of a data set, shows what they chose, and says what they are like.
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { MimicitError } from '../../base/errors.js'
import { formatCount, plural } from '../../base/format.js'
import { type BuiltContext, buildContext, buildContextPart } from '../../context/build.js'
import type { BuildOptions } from '../../context/build-options.js'
import { deriveContext } from '../../context/derive.js'
import { draftPath } from '../../context/draft.js'
import { selectors } from '../../context/registry.js'
import type { ContextReport, TableStatistics } from '../../context/report.js'
import { contextStatistics } from '../../context/statistics.js'
import { strategies } from '../../context/strategies.js'
import { openDataset } from '../../shards/dataset.js'
import { partName } from '../../work/part.js'
import { interruptSignal } from '../exit.js'
import { integer } from '../parse.js'
import { addPartFlags, doPart, joinedParts, noParts, type PartFlags } from '../parts.js'
import { progressBar } from '../progress-bar.js'
import { renamedOption } from '../renamed.js'
import { keyValueTable, print, printJson } from '../table.js'

interface Flags extends PartFlags {
  readonly select?: string
  readonly preset?: 'mimic-it'
  readonly fromTable?: string
  readonly strategy?: string
  readonly repeat?: true
  readonly name?: string
  readonly k?: number
  readonly seed: number
  readonly replace?: true
  readonly allow: readonly (keyof typeof GUARDS)[]
  readonly withinSubset?: true
  readonly minScore?: number
  readonly enforceKinds?: true
  readonly textEmbedder?: string
  readonly imageEmbedder?: string
  readonly vectors?: string
  readonly column?: string
  readonly idColumn?: string
  readonly search: 'auto' | 'exact' | 'cells'
  readonly recall?: number
  readonly threads?: number
  readonly show?: string
  readonly stats?: true
  readonly json?: true
}

/** Guards by what letting them rest allows. */
const GUARDS = {
  'same-visuals': 'sameVisuals',
  'other-splits': 'splits',
  'other-languages': 'languages',
  leaks: 'leaks',
} as const

/** Adds the command. */
export function registerContext(program: Command): void {
  const command = program
    .command('context')
    .description('Choose in-context examples (C_psi) for every pair and store them as a table of the data set.')
    .argument('<dataset>', 'directory of a data set')
    .option('--select <function>', `${Object.keys(selectors).join(', ')}; text+image:0.7 weighs the text`)
    .addOption(new Option('--preset <name>', 'the published recipe of every subset').choices(['mimic-it']))
    .option('--from-table <name>', 'make a training list of this table, by --strategy')
    .addOption(renamedOption('--from <table>', '--from-table'))
    .addOption(new Option('--strategy <name>', 'how a training list is made').choices(Object.keys(strategies)))
    .option('--repeat', 'with --strategy: repeat contexts until there are k, as the published lists do')
    .option('--name <name>', 'name of the table')
    .option(
      '-k, --k <n>',
      'contexts of a query at most (default: 10, of a preset all that it gives, of a training list 2)',
      integer(1),
    )
    .option('--seed <n>', 'decides ties and draws', integer(0), 0)
    .option('--replace', 'take the place of a table of that name')
    .addOption(new Option('--allow <what...>', 'let guards rest').choices(Object.keys(GUARDS)).default([], 'none'))
    .option('--within-subset', 'only contexts of the same subset')
    .option('--min-score <s>', 'nothing less similar than this', number)
    .option('--enforce-kinds', 'a multi-modal and a language-only context for every pair, where there is one')
    .option('--text-embedder <name>', 'what compares instructions: ngrams (default), onnx:DIR, parquet:FILE#COLUMN')
    .option(
      '--image-embedder <name>',
      'what compares pictures: colour-gradient (default), onnx:DIR, parquet:FILE#COLUMN',
    )
    .option('--vectors <file>', 'Parquet file with the vectors that are compared, instead of an embedder')
    .option('--column <name>', 'with --vectors: column of lists of numbers (default: embedding)')
    .option('--id-column <name>', 'with --vectors: column of ids, of pairs or of pictures (default: id)')
    .addOption(
      new Option('--search <how>', 'how vectors are searched').choices(['auto', 'exact', 'cells']).default('auto'),
    )
    .option('--recall <part>', 'recall that a search through cells has to reach (default: 0.95)', number)
    .option('--threads <n>', 'threads that search (default: the number of cores)', integer(0))
    .option('--show <id>', 'print a pair with its contexts in the table --name')
    .option('--stats', 'say what the table --name is like')
    .option('--json', 'print as JSON')
  addPartFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  mimicit context out/la --select text-similarity --k 10 --name by-text
  mimicit context out/la --select image-similarity --vectors clip.parquet --column embedding --name by-clip
  mimicit context out/la --preset mimic-it --name recipe
  mimicit context out/la --from-table recipe --strategy last-round-only --name train
  mimicit context out/la --name by-text --show LA_INS_001_0
  mimicit context out/la --name by-text --stats

In parts, on several machines that see the same files: the same command with --part 1/8 to --part 8/8, and then without
--part, which makes the table of what they chose and does what is missing.`,
    )
    .action(run)
}

async function run(location: string, flags: Flags): Promise<void> {
  const name = flags.name ?? flags.preset ?? flags.select?.replace(/[^A-Za-z0-9._-]+/g, '-')
  if (name === undefined) throw wrongUse('--name <name>', 'none')
  if (isOther(flags) && (flags.part ?? flags.queue) !== undefined) {
    throw noParts(
      flags.part === undefined ? '--queue' : '--part',
      'one of --show, --stats or --strategy, which is over at once',
    )
  }
  if (flags.show !== undefined) return show(location, name, flags.show, flags.json)
  if (flags.stats) return stats(location, name, flags.json)
  if (flags.fromTable !== undefined || flags.strategy !== undefined) return derive(location, name, flags)
  return build(location, name, flags)
}

/** Whether something else than choosing is asked for. */
const isOther = ({ show: id, stats: counts, fromTable, strategy }: Flags) =>
  [id, counts, fromTable, strategy].some((flag) => flag !== undefined)

async function build(location: string, name: string, flags: Flags): Promise<void> {
  const select = flags.preset === undefined ? flags.select : `by-task:${flags.preset}`
  if (select === undefined)
    throw wrongUse('--select <function>, --preset <name>, --from-table <name>, --show <id> or --stats', 'none')
  const allowed = Object.fromEntries(flags.allow.map((what) => [GUARDS[what], false]))
  // What was published was not guarded against leaks.
  const asPublished = flags.preset === undefined ? {} : { leaks: false, languages: false, subsets: true }
  const bar = progressBar()
  const signal = interruptSignal()
  const options: BuildOptions = {
    ...{ name, select, seed: flags.seed, search: flags.search, threads: flags.threads ?? cpus().length },
    ...{ onProgress: bar.update, signal, replace: flags.replace ?? false },
    ...(flags.k !== undefined && { k: flags.k }),
    ...(flags.recall !== undefined && { recall: flags.recall }),
    guards: {
      ...asPublished,
      ...allowed,
      ...(flags.withinSubset && { subsets: true }),
      ...(flags.minScore !== undefined && { minScore: flags.minScore }),
    },
    kinds: flags.enforceKinds ? 'enforce' : 'report',
    embedders: {
      ...vectorsOf(select, flags),
      ...(flags.textEmbedder !== undefined && { text: flags.textEmbedder }),
      ...(flags.imageEmbedder !== undefined && { image: flags.imageEmbedder }),
    },
  }
  const place = draftPath(resolve(location), name)
  try {
    const done = await doPart(flags, place, ({ part, directory }) =>
      buildContextPart(location, options, part, directory),
    )
    if (done !== undefined) {
      bar.done()
      return print(`part ${partName(flags.part!)}: contexts of ${plural(done.made, 'query', 'queries')}`)
    }
    const built = await joinedParts(flags, place, bar, signal, (parts) =>
      buildContext(location, options, undefined, parts && { directory: parts.directory, count: parts.parts.length }),
    )
    bar.done()
    showBuilt(built, select, flags.json)
  } finally {
    bar.done()
  }
}

function showBuilt({ name, report }: BuiltContext, select: string, json: true | undefined): void {
  if (json) {
    printJson({ name, select, ...report })
    return
  }
  const keptOut = Object.entries(report.keptOut).filter(([, count]) => count > 0)
  print(
    keyValueTable([
      ['table', `${name}, by ${select}: load with context 'stored:${name}'`],
      ...tableRows(report),
      ['kept out', keptOut.map(([guard, count]) => `${guard} ${formatCount(count)}`).join(', ') || 'nothing'],
      ...Object.entries(report.embedders).map(([kind, made]) => [`vectors, ${kind}`, made] as const),
      ...recallRows(report.recalls, Object.keys(report.embedders).length > 0),
    ]),
  )
}

/** A file of vectors as the embedder of what a function compares. */
function vectorsOf(select: string, { vectors, column, idColumn, textEmbedder, imageEmbedder }: Flags) {
  if (vectors === undefined) {
    if (column !== undefined || idColumn !== undefined) throw wrongUse('--vectors <file> with --column', 'none')
    return {}
  }
  const [name = ''] = select.split(':')
  const kind = Object.hasOwn(COMPARES, name) ? COMPARES[name] : undefined
  if (kind === undefined || textEmbedder !== undefined || imageEmbedder !== undefined) {
    throw wrongUse(
      `--vectors with one of ${Object.keys(COMPARES).join(', ')}, or --text-embedder and --image-embedder parquet:file#column#id-column`,
      `--vectors with ${kind === undefined ? select : 'an embedder'}`,
    )
  }
  const parts = [vectors, column ?? 'embedding', ...(idColumn === undefined ? [] : [idColumn])]
  return { [kind]: `parquet:${parts.join('#')}` }
}

/** What functions compare that compare one thing. */
const COMPARES: Readonly<Record<string, 'text' | 'image'>> = {
  'text-similarity': 'text',
  'image-similarity': 'image',
  'pair-partner': 'image',
}

async function derive(
  location: string,
  name: string,
  { fromTable: from, strategy, k, seed, repeat, replace, json }: Flags,
) {
  if (from === undefined) throw wrongUse('--from-table <name> with --strategy', 'none')
  if (strategy === undefined) throw wrongUse('--strategy <name> with --from-table', 'none')
  const manifest = await deriveContext(location, {
    ...{ name, from, strategy, seed, repeat: repeat ?? false, replace: replace ?? false },
    ...(k !== undefined && { k }),
  })
  const { rows, maxContexts, select } = manifest.contexts[name]!
  if (json) return printJson({ name, queries: rows, maxContexts, select })
  print(
    `${name}: ${plural(rows, 'query', 'queries')} of ${from} by ${strategy}, at most ${plural(maxContexts, 'context')} each`,
  )
}

async function show(location: string, name: string, id: string, json: true | undefined): Promise<void> {
  const dataset = await openDataset(location)
  try {
    const table = await dataset.context(name)
    const query = await dataset.pairById(id)
    const found = await table.get(await dataset.pairRow(id))
    const contexts = await Promise.all((found?.contexts ?? []).map((row) => dataset.pair(row)))
    if (json) return printJson({ query, contexts, scores: found?.scores ?? null })
    const lines = [`${query.id}  ${query.mediaIds.join(', ') || 'no visuals'}`, `  I  ${query.instruction}`, '']
    if (found === undefined) lines.push(`  ${name} does not list it`)
    for (const [i, pair] of contexts.entries()) {
      const score = found?.scores == null ? '' : `${found.scores[i]!.toFixed(3)}  `
      lines.push(`  ${score}${pair.id}  ${pair.mediaIds.join(', ') || 'no visuals'}`, `    I  ${pair.instruction}`)
      lines.push(`    R  ${pair.response}`)
    }
    print(lines.join('\n'))
  } finally {
    await dataset.close()
  }
}

async function stats(location: string, name: string, json: true | undefined): Promise<void> {
  const bar = progressBar()
  const dataset = await openDataset(location)
  try {
    const { affinity, leaks, recalls, select, ...statistics } = await contextStatistics(dataset, name, bar.update)
    bar.done()
    if (json) return printJson({ ...statistics, select, recalls, leaks, affinity })
    const words = (text: 'instruction' | 'response') =>
      `${percent(affinity[text].contexts)} of the words, of random pairs ${percent(affinity[text].random)}`
    print(
      keyValueTable([
        ['table', `${name}, by ${select.name}`],
        ...tableRows(statistics),
        ['leaks', percent(leaks)],
        ...recallRows(recalls, Object.keys(select.parameters.embedders ?? {}).length > 0),
        ['instructions share', words('instruction')],
        ['responses share', words('response')],
      ]),
    )
  } finally {
    bar.done()
    await dataset.close()
  }
}

function tableRows({ queries, contexts, shots, inDegree, sameVisuals, kinds }: TableStatistics) {
  const most = Math.max(1, ...shots)
  const histogram = shots.flatMap((count, n) =>
    count === 0
      ? []
      : [[`  ${plural(n, 'context')}`, `${'█'.repeat(Math.ceil((count / most) * 24))} ${formatCount(count)}`] as const],
  )
  return [
    ['queries', `${formatCount(queries)}, ${formatCount(contexts)} contexts`],
    ...histogram,
    [
      'chosen',
      `at most ${plural(inDegree.max, 'time')}, 99 % at most ${inDegree.p99}, ${percent(inDegree.never)} of the pairs never`,
    ],
    ['on the same visuals', percent(sameVisuals)],
    [
      'kinds',
      `multi-modal for ${percent(kinds.multiModal)}, language-only for ${percent(kinds.languageOnly)}, both for ${percent(kinds.both)}`,
    ],
  ] as const
}

/** How much of the true nearest a search found. */
function recallRows(recalls: ContextReport['recalls'], compared: boolean): readonly (readonly [string, string])[] {
  if (recalls.length === 0) return compared ? [['recall', '100.0 %: every vector was looked at']] : []
  return recalls.map(({ items, cells, probes, recall }) => [
    'recall',
    `${percent(recall)} against exact: ${formatCount(items)} items in ${formatCount(cells)} cells, ${probes} looked into`,
  ])
}

const percent = (part: number) => `${(part * 100).toFixed(1)} %`

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.')
  return value
}

const wrongUse = (expected: string, received: string) =>
  new MimicitError('MIMICIT_BAD_VALUE', {
    expected,
    where: 'mimicit context',
    received,
    hint: 'See `mimicit context --help`.',
  })
