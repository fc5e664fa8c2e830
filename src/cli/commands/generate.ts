// mimicit generate: ask a trained model about a picture of a data set.
import { type Command, Option } from 'commander'
import { assemblyRules } from '../../loader/assembly-rules.js'
import { answerQuery } from '../../otter/answer.js'
import type { Decoding } from '../../otter/generate.js'
import { openDataset } from '../../shards/dataset.js'
import { type BackendName, backendNames } from '../../tensors/backend.js'
import { loadRun } from '../../train/run.js'
import { examples } from '../examples.js'
import { type CacheFlags, cacheBytesOption, cacheOption, takeCache } from '../far.js'
import { fraction, integer, nonNegative } from '../parse.js'
import { runContexts } from '../run-contexts.js'
import { print, printJson } from '../table.js'

/** Flags that are options of generation, under the same names. */
const OF_DECODING = [
  'maxNewTokens',
  'numBeams',
  'lengthPenalty',
  'temperature',
  'topP',
  'seed',
  'noRepeatNgramSize',
] as const satisfies readonly (keyof Decoding)[]

interface Flags extends CacheFlags, Pick<Decoding, (typeof OF_DECODING)[number]> {
  readonly id: string
  readonly dataset?: string
  readonly question?: string
  readonly shots?: number
  readonly context?: string
  readonly backend: BackendName
  readonly json?: true
}

/** Adds the command. */
export function registerGenerate(program: Command): void {
  program
    .command('generate')
    .description('Answer the question of a pair about its pictures with a trained model, with in-context examples.')
    .argument('<run>', 'directory of a run, or of one of its checkpoints')
    .requiredOption('--id <id>', 'id of the pair that is asked')
    .option('--dataset <dataset>', 'data set of the pair (default: the one the run was trained on)')
    .option('--question <text>', 'another question about the same pictures')
    .option('--shots <n>', 'in-context examples (default: as many as in training)', integer(0))
    .option('--context <name>', 'in-context function (default: that of the run)')
    .option('--max-new-tokens <n>', 'length of the answer at most', integer(1), 128)
    .option('--num-beams <n>', 'beam search with so many beams', integer(1))
    .option('--length-penalty <n>', 'of beam search: above 0 favours long answers, below 0 short ones', Number)
    .option(
      '--temperature <t>',
      'draw tokens, their scores divided by this (default: take the most likely)',
      nonNegative,
    )
    .option('--top-p <p>', 'draw among the most likely tokens that come to this probability together', fraction)
    .option('--seed <n>', 'of drawing', integer(0))
    .option('--no-repeat-ngram-size <n>', 'no run of so many tokens comes twice', integer(0))
    .addOption(new Option('--backend <name>', 'tensor backend').choices(backendNames).default('auto'))
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      examples(
        'generate runs/first --id LA_INS_000000516008_0',
        'generate runs/first --id LA_INS_000000516008_0 --context stored:rel_ins_ids --shots 2',
        'generate runs/first --id LA_INS_000000516008_0 --question "What is on the desk?" --temperature 0.7 --seed 1',
      ),
    )
    .action(run)
}

/** The options that were given. */
function decodingOf(flags: Flags): Decoding {
  return Object.fromEntries(OF_DECODING.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]))
}

async function run(path: string, flags: Flags): Promise<void> {
  const { settings, model, step, checkpoint } = await loadRun(path, flags.backend)
  const dataset = await openDataset(flags.dataset ?? settings.dataset, takeCache(flags).store)
  try {
    const row = await dataset.pairRow(flags.id)
    const stored = await dataset.pair(row)
    const query = { ...stored, instruction: flags.question ?? stored.instruction }
    const chosen = await runContexts(dataset, settings, row, flags)
    const contexts = await Promise.all(chosen.rows.map((at) => dataset.pair(at)))
    const rules = await assemblyRules(settings.loader)
    const answer = await answerQuery(model, {
      ...decodingOf(flags),
      dataset,
      query,
      contexts,
      rules,
      nearest: chosen.nearest,
    })
    if (flags.json) {
      printJson({
        checkpoint,
        step,
        id: query.id,
        instruction: query.instruction,
        pictures: query.mediaIds,
        context: chosen.name,
        contexts: contexts.map(({ id, instruction, response }) => ({ id, instruction, response })),
        answer: answer.text,
        complete: answer.complete,
        promptTokens: answer.promptTokens,
        reference: flags.question === undefined ? stored.response : null,
      })
      return
    }
    for (const pair of contexts) print(`[${pair.mediaIds.join(', ')}] ${pair.instruction}\n  -> ${pair.response}`)
    print(`[${query.mediaIds.join(', ')}] ${query.instruction}`)
    print(`  => ${answer.text}${answer.complete ? '' : ' …'}`)
    if (flags.question === undefined) print(`  (a person wrote: ${stored.response})`)
  } finally {
    await dataset.close()
    model.dispose()
  }
}
