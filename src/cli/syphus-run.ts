// mimicit syphus run: annotations into a data set of instruction-response pairs.
import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { parse } from 'yaml'
import { formatCount, plural } from '../base/format.js'
import { type AnnotationSetName, annotationSets } from '../import/annotations/index.js'
import { asIoError } from '../io/directory.js'
import type { Ask } from '../llm/chat.js'
import { usageWords } from '../llm/usage-words.js'
import { parseExamples } from '../syphus/examples.js'
import { type MissingPolicy, missingPolicies, type SyphusOptions } from '../syphus/run/options.js'
import { runSyphusPart } from '../syphus/run/run-part.js'
import { estimateSyphus, runSyphus, type SyphusSummary } from '../syphus/run/run-syphus.js'
import { tasks } from '../syphus/tasks/index.js'
import { partName } from '../work/part.js'
import { finishPart, reopenPart } from '../work/part-files.js'
import { interruptSignal } from './exit.js'
import { addJudgingFlags, type JudgingFlags, judgingOptions } from './judging.js'
import { addModelFlags, estimateRows, type ModelFlags, modelOptions, showMeter, tellFound } from './model.js'
import { integer, nonNegative } from './parse.js'
import {
  addPartFlags,
  noParts,
  type PartFlags,
  type PartHere,
  partFiles,
  partHere,
  partsFound,
  shareOf,
} from './parts.js'
import { progressBar } from './progress-bar.js'
import type { ProgressBar } from './progress-shown.js'
import { keyValueTable, print, printJson } from './table.js'

interface Flags extends ModelFlags, JudgingFlags, PartFlags {
  readonly task: string
  readonly boxes?: string[]
  readonly set?: AnnotationSetName
  readonly images?: string
  readonly missing: MissingPolicy
  readonly out: string
  readonly examples?: string
  readonly sample?: number
  readonly limit?: number
  readonly seed: number
  readonly language: string
  readonly replyTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly moderation?: boolean | string
  readonly dryRun?: true
  readonly json?: true
}

const taskList = Object.values(tasks)
  .map(({ name, title }) => `${name} (${title})`)
  .join('; ')

/** Adds the command. */
export function registerSyphusRun(syphus: Command): void {
  const command = syphus
    .command('run')
    .description('Make a data set of annotations: by rule, or with --model by a language model.')
    .argument('<annotations...>', 'annotation files of one set, plain or gzipped')
    .requiredOption('--task <name>', `what is asked: ${taskList}; or a file of your own (.yaml, .js, .ts)`)
    .option('--boxes <files...>', 'further annotation files of the set, such as the boxes of the same pictures')
    .addOption(
      new Option('--set <name>', 'the set that the files are of (default: the one of the task)').choices(
        Object.keys(annotationSets),
      ),
    )
    .option('--images <dir>', 'folder of the pictures, or of folders of frames, named by their ids')
    .addOption(
      new Option('--missing <policy>', 'annotations whose pictures are not there: left out, made without, or an error')
        .choices(missingPolicies)
        .default('skip'),
    )
    .requiredOption('--out <dir>', 'directory to make; must not exist')
    .option('--examples <file>', 'in-context examples instead of those of the task, as cold-start writes them')
    .option('--sample <n>', 'so many annotations, drawn by the seed', integer(1))
    .option('--limit <n>', 'the first so many', integer(1))
    .option('--seed <n>', 'decides what is drawn, and what rules ask', integer(0), 0)
    .option('--language <tag>', 'language of what is made', 'en')
    .option('--reply-tokens <n>', 'tokens of a reply at most (default: 3200)', integer(1))
    .option('--temperature <t>', 'of the model (default: 0.7)', nonNegative)
    .option('--top-p <p>', 'of the model (default: 0.95)', nonNegative)
    .option('--moderation [model]', "ask the moderation of the model's end point (default: where there is one)")
    .option('--no-moderation', 'do not ask it')
    .option('--dry-run', 'print what would be asked, and what it would take at most')
    .option('--json', 'print the summary as JSON')
  addPartFlags(addModelFlags(addJudgingFlags(command)))
    .addHelpText(
      'after',
      `
Examples:
  mimicit syphus run captions.json --boxes instances.json --images train2017 --task visual-qa --out out/qa
  mimicit syphus run train.json --task dense-captions --model gpt-4o-mini --max-total-tokens 2000000 --out out/dc
  mimicit syphus run train.json --task dense-captions --model gpt-4o-mini --dry-run --out out/dc

In parts, on several machines that see the same files (docs/parts.md): the same command with --part 1/8 to --part 8/8 asks
the model, and without --part makes the data set of their answers and asks what is missing.`,
    )
    .action(run)
}

async function run(annotations: string[], flags: Flags): Promise<void> {
  const { task, boxes = [], set, images, missing, out, examples, sample, limit, seed, language, json } = flags
  const { replyTokens, temperature, topP } = flags
  const options: SyphusOptions = {
    ...{ annotations: [...annotations, ...boxes], task, set, images, missing, out, sample, limit, seed, language },
    ...{ replyTokens, temperature, topP, model: modelOptions(flags, `${out}.journal.jsonl`) },
    examples: examples === undefined ? undefined : await readExamples(examples),
    ...(await judgingOptions(flags)),
    moderation: flags.moderation,
    onFound: tellFound,
  }
  if (flags.dryRun) return dryRun(options, json)
  const bar = progressBar()
  try {
    const signal = interruptSignal()
    if (flags.queue !== undefined && options.model === undefined) throw noParts('--queue', WITHOUT_MODEL)
    const here = await partHere(flags, out)
    if (here !== undefined) return await runPart({ ...options, signal }, here, bar, json)
    const found = await partsFound(flags, out, bar, signal)
    const joins = found === undefined ? undefined : partFiles(found, '.jsonl')
    const summary = await runSyphus({
      ...options,
      model: options.model && { ...options.model, joins },
      onMeter: showMeter(bar),
      onProgress: bar.update,
      signal,
    })
    bar.done()
    if (json) printJson(summary)
    else print(inWords(summary))
  } finally {
    bar.done()
  }
}

const WITHOUT_MODEL = 'one without --model, which is over sooner than parts are joined'

/** Asks the share of a part; its budget is a share too. */
async function runPart(
  options: SyphusOptions,
  here: PartHere,
  bar: ProgressBar,
  json: true | undefined,
): Promise<void> {
  const { part, directory, path } = here
  if (options.model === undefined) throw noParts('--part', WITHOUT_MODEL)
  const { maxCost, maxTotalTokens: tokens } = options.model
  const share = { maxCost: shareOf(maxCost, part), maxTotalTokens: tokens && Math.floor(shareOf(tokens, part)!) }
  const model = { ...options.model, ...share, journal: `${path}.jsonl` }
  await reopenPart(directory, part)
  const summary = await runSyphusPart({ ...options, model, onMeter: showMeter(bar) }, part)
  await finishPart(directory, part)
  bar.done()
  if (json) return printJson(summary)
  const { asked, spent, journal } = summary
  print(`part ${partName(part)}: ${plural(asked, 'annotation')} asked about, ${usageWords(spent)}: ${journal}`)
}

async function dryRun(options: SyphusOptions, json: true | undefined): Promise<void> {
  const estimate = await estimateSyphus(options, json ? undefined : (ask) => print(promptText(ask)))
  if (json) printJson(estimate)
  else print(keyValueTable(estimateRows(estimate)))
}

function promptText({ id, request }: Ask): string {
  const turns = request.messages.map(({ role, content }) => `[${role}]\n${content as string}`)
  return [`--- ${id}`, ...turns, ''].join('\n')
}

async function readExamples(path: string) {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw asIoError(error, path)
  })
  return parseExamples(parse(text), path)
}

function inWords(summary: SyphusSummary): string {
  const { asked, lacking, withoutPictures, invalid, pairs, judged, responder, ruleMade, manifest, out } = summary
  const causes = Object.entries(invalid)
  const rules = Object.entries(judged.objections)
  const pictures = manifest.tables.media.rows
  return [
    `${plural(pairs, 'pair')} about ${plural(asked, 'annotation')}, ${plural(pictures, 'picture')}: ${out}`,
    `  made by ${responder}${ruleMade ? ' (no model)' : `, ${usageWords(summary.spent)}`}`,
    ...(lacking > 0 ? [`  ${plural(lacking, 'annotation')} with too little in them`] : []),
    ...(withoutPictures > 0
      ? [`  ${plural(withoutPictures, 'annotation')} left out, since their pictures are not there`]
      : []),
    ...(summary.faults > 0 ? [`  ${plural(summary.faults, 'box', 'boxes')} left out, outside of their pictures`] : []),
    ...(summary.partial > 0
      ? [
          `  ${plural(summary.partial, 'answer')} cut off or with fewer pairs than asked for: what is sound of it is used`,
        ]
      : []),
    ...causes.map(([cause, count]) => `  ${plural(count, 'annotation')} came to nothing: ${cause}`),
    ...rules.map(
      ([rule, { action, pairs: found }]) =>
        `  ${action === 'drop' ? 'dropped' : 'warned of'} ${plural(found, 'pair')}: ${rule}`,
    ),
    ...Object.entries(manifest.contexts).map(
      ([name, { rows, maxContexts }]) =>
        `  context ${name}: ${plural(rows, 'query', 'queries')}, at most ${formatCount(maxContexts)} contexts each`,
    ),
    ...(summary.moderation === false ? ['  the end point has no moderation, so none was asked'] : []),
    ...(summary.maybePaid > 0
      ? [`  ${plural(summary.maybePaid, 'call')} of earlier runs may have been paid for in vain`]
      : []),
    ...(summary.invalidFile === null ? [] : [`  what came to nothing, and why: ${summary.invalidFile}`]),
    ...(summary.journal === null ? [] : [`  every call: ${summary.journal}`]),
  ].join('\n')
}
