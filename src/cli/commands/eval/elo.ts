// mimicit eval elo: ratings of models by pairwise votes.
import { type Command, Option } from 'commander'
import { type BattleOptions, readBattles, UNKNOWN_POLICIES } from '../../../evaluate/elo/battles.js'
import { type RatingOptions, rateModels } from '../../../evaluate/elo/rate-models.js'
import { ratingReport } from '../../../evaluate/report/ratings.js'
import { finite, integer, positive } from '../../parse.js'
import { renamedOption } from '../../renamed.js'
import { giveReport, type ReportFlags, reportOptions } from '../../report.js'

type Flags = ReportFlags & Omit<RatingOptions, 'k'> & BattleOptions & { readonly kFactor: number }

/** Adds the command. */
export function registerElo(evaluate: Command): void {
  const command = evaluate
    .command('elo')
    .description('Rate models by pairwise votes: Bradley-Terry with intervals, Elo, who beats whom.')
    .argument('<battles...>', 'JSON Lines (or a list): {"id", "a", "b", "winner": "a" | "b" | "tie" | "both-bad"}')
    .option('--k-factor <n>', 'most points that one battle moves an Elo rating', positive, 4)
    .addOption(renamedOption('--k <n>', '--k-factor'))
    .option('--start <n>', 'rating at which models begin; the mean of all', finite, 1000)
    .option('--base <n>', 'odds that a difference of --scale points means', positive, 10)
    .option('--scale <n>', 'points', positive, 400)
    .option('--bootstrap <n>', 'draws of the bootstrap; 0 = no intervals', integer(0), 1000)
    .option('--orders <n>', 'orders of the battles in which Elo is tried', integer(1), 200)
    .option('--seed <n>', 'of draws and orders', integer(0), 0)
    .option('--models <name...>', 'the models that there are (default: whatever the battles name)')
    .addOption(
      new Option('--unknown <policy>', 'a battle of another model: stop, or leave it out')
        .choices(UNKNOWN_POLICIES)
        .default('error'),
    )
  reportOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  mimicit eval elo battles.jsonl --html ratings.html
  mimicit eval elo votes.jsonl judged.jsonl --models otter llava openflamingo --unknown leave-out
  mimicit eval elo battles.jsonl --k-factor 32 --start 1500 --bootstrap 0 --json`,
    )
    .action(run)
}

async function run(
  paths: readonly string[],
  { models, unknown, json, html, kFactor, ...options }: Flags,
): Promise<void> {
  const { battles, issues } = await readBattles(paths, { ...(models && { models }), ...(unknown && { unknown }) })
  const ratings = rateModels(battles, { ...options, k: kFactor }, issues)
  await giveReport({ ...(json && { json }), ...(html !== undefined && { html }) }, ratings, ratingReport(ratings))
}
