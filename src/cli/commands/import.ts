// mimicit import: files of any known form into a data set.
import { type Command, Option } from 'commander'
import { MimicitError } from '../../base/errors.js'
import { formatBytes, formatCount, formatDuration, plural } from '../../base/format.js'
import type { Progress } from '../../base/progress.js'
import { type SourceFormName, sourceForms } from '../../import/forms.js'
import { importDataset, importPart } from '../../import/import-dataset.js'
import { type DuplicatePolicy, duplicatePolicies, type VisualPolicy, visualPolicies } from '../../import/policies.js'
import type { ImportSummary } from '../../import/run.js'
import { partName } from '../../work/part.js'
import { examples } from '../examples.js'
import { interruptSignal } from '../exit.js'
import { integer, positive } from '../parse.js'
import { addPartFlags, doPart, joinedParts, type PartFlags } from '../parts.js'
import { progressBar } from '../progress-bar.js'
import { issueTable, print, printJson } from '../table.js'

interface Flags extends PartFlags {
  readonly from?: SourceFormName
  readonly yaml?: string[]
  readonly root?: string
  readonly name?: string
  readonly instruction?: string
  readonly fps?: number
  readonly frames?: number
  readonly images?: string[]
  readonly train?: string[]
  readonly out?: string
  readonly append?: string
  readonly subset?: string
  readonly language: string
  readonly dangling: VisualPolicy
  readonly broken: VisualPolicy
  readonly duplicates: DuplicatePolicy
  readonly maxSide?: number
  readonly maxPixels?: number
  readonly json?: true
}

const formList = Object.entries(sourceForms)
  .map(([name, { title }]) => `${name} (${title})`)
  .join('; ')

/** Adds the command. */
export function registerImport(program: Command): void {
  const command = program
    .command('import')
    .description('Make a data set from files of any known form.')
    .argument(
      '[paths...]',
      'files, or folders of them: instructions files (XX_instructions.json), Parquet rows, a training YAML',
    )
    .option('--yaml <files...>', 'training YAML files, instead of paths: everything that they name')
    .addOption(
      new Option('--from <form>', `form of the source: ${formList} (default: each path tells its own)`).choices(
        Object.keys(sourceForms),
      ),
    )
    .option(
      '--images <files...>',
      'images files (XX.json: id -> base64, XX.parquet), a folder of Parquet parts, or of pictures',
    )
    .option('--train <files...>', 'train files (XX_train.json): the training list and its contexts')
    .option('--root <dir>', 'where relative paths of pictures start; none may lead out of it')
    .option('--name <name>', 'name of the source, put in front of ids that collide')
    .option('--instruction <text>', 'what is asked of a picture that comes with a caption only')
    .option('--fps <n>', 'of a video: frames a second', positive)
    .option('--frames <n>', 'of a video: frames in all, evenly spread', integer(1))
    .option('--out <dir>', 'directory to make; must not exist')
    .option('--append <dataset>', 'instead of --out: add to this data set, as a new generation of it')
    .option('--subset <name>', 'subset of all pairs (default: the task code of each id)')
    .option('--language <tag>', 'language of all pairs', 'en')
    .addOption(new Option('--dangling <policy>', 'ids that point nowhere').choices(visualPolicies).default('error'))
    .addOption(
      new Option('--broken <policy>', 'pictures that are none, records that cannot be read')
        .choices(visualPolicies)
        .default('error'),
    )
    .addOption(
      new Option('--duplicates <policy>', 'ids that name two things in one source')
        .choices(duplicatePolicies)
        .default('error'),
    )
    .option('--max-side <pixels>', 'encode larger pictures again, so that the longer side has this many', integer(1))
    .option('--max-pixels <n>', 'pictures with more are broken ones (default: 100000000)', integer(1))
    .option('--json', 'print the summary as JSON')
  addPartFlags(command)
    .addHelpText(
      'after',
      `${examples(
        'import LA_instructions.json --images LA.json --train LA_train.json --out out/la',
        'import my/pairs.jsonl --out out/mine',
        'import llava_instruct_150k.json --images coco/train2017 --out out/llava',
        'import --yaml training.yaml --out out/mix',
        'import more.jsonl --append out/mine',
      )}

In parts, on several machines that see the same files: the same command with --part 1/8 to --part 8/8 looks at pictures,
makes them smaller and cuts movies into frames; without --part it makes the data set and does what is missing. That pays
where this is the work: --max-side, movies, pictures in folders.`,
    )
    .action(run)
}

/** What an import does one after the other. */
const STAGES = ['reading pictures', 'reading instructions', 'writing pictures', 'writing pairs']

/** Which step it is: the time that a bar tells is that of the step. */
const step = (stage: string) => `${STAGES.indexOf(stage) + 1}/${STAGES.length} ${stage}`

/** What is imported. @throws MimicitError MIMICIT_BAD_VALUE if it is not named, or in two ways */
function sourceOf(paths: readonly string[], yaml: readonly string[] | undefined, from: SourceFormName | undefined) {
  const isClear = yaml === undefined ? paths.length > 0 : paths.length === 0 && (from ?? 'yaml') === 'yaml'
  if (isClear) return yaml === undefined ? { paths, from } : { paths: yaml, from: 'yaml' as const }
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'either paths or --yaml',
    where: 'mimicit import',
    received:
      yaml === undefined
        ? 'neither'
        : [...paths, ...(from === undefined ? [] : [`--from ${from}`]), '--yaml'].join(' '),
    hint: 'Name the files to import; for a training YAML: mimicit import --yaml training.yaml --out <dir>.',
  })
}

async function run(paths: string[], { json, yaml, from, part, parts: count, queue, ...flags }: Flags): Promise<void> {
  const source = sourceOf(paths, yaml, from)
  const bar = progressBar()
  const began = performance.now()
  const signal = interruptSignal()
  const options = {
    ...{ ...source, ...flags, signal },
    onProgress: (progress: Progress) => bar.update({ ...progress, stage: step(progress.stage) }),
  }
  const place = flags.out ?? flags.append ?? ''
  const share: PartFlags = {
    ...(part && { part }),
    ...(queue !== undefined && { queue }),
    ...(count && { parts: count }),
  }
  try {
    const done = await doPart(share, place, (here) => importPart(options, here.part, here.directory))
    if (done !== undefined) {
      bar.done()
      const { pictures, shrunk, resumed } = done.made
      const smaller = shrunk > 0 ? `, ${formatCount(shrunk)} made smaller` : ''
      const before = resumed > 0 ? `, ${formatCount(resumed)} of them by an earlier run` : ''
      print(`part ${partName(part!)}: ${plural(pictures, 'picture')}${smaller}${before}`)
      return
    }
    const summary = await joinedParts(share, place, bar, signal, (found) =>
      importDataset(options, found && { directory: found.directory, count: found.parts.length }),
    )
    bar.done()
    if (json) printJson(summary)
    else print(inWords(summary, performance.now() - began))
  } finally {
    bar.done()
  }
}

function inWords({ manifest, sourceBytes, issues, report, shrunk, out }: ImportSummary, ms: number): string {
  const { pairs, media } = manifest.tables
  const shards = [pairs, media, ...Object.values(manifest.contexts)].flatMap((table) => table.shards)
  const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0)
  const lines = [
    `${plural(pairs.rows, 'pair')}, ${plural(media.rows, 'picture')}, ${formatBytes(sourceBytes)} -> ` +
      `${formatBytes(bytes)} in ${formatDuration(ms)}: ${out}`,
  ]
  for (const [name, table] of Object.entries(manifest.contexts)) {
    lines.push(
      `  context ${name}: ${plural(table.rows, 'query', 'queries')}, at most ${table.maxContexts} contexts each`,
    )
  }
  if (shrunk !== null) {
    const { pictures, bytesBefore, bytesAfter } = shrunk
    const [before, after] = [formatBytes(bytesBefore), formatBytes(bytesAfter)]
    const saved = formatBytes(Math.max(0, bytesBefore - bytesAfter))
    lines.push(`  made smaller: ${plural(pictures, 'picture')}, ${before} -> ${after}, ${saved} saved`)
  }
  if (issues.length > 0) lines.push(issueTable(issues))
  if (report !== null) lines.push(`  all of them: ${report}`)
  return lines.join('\n')
}
