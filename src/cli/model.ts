// What the commands that ask a language model share: the flags that say which and within which limits, a live meter, and
// what a run that was killed has left.
import type { Command } from 'commander'
import { MimicitError } from '../base/errors.js'
import { formatCount, formatDuration, plural } from '../base/format.js'
import type { TokenPrices } from '../llm/budget.js'
import type { JobEstimate } from '../llm/estimate.js'
import type { JournalFound } from '../llm/journal.js'
import type { JobMeter } from '../llm/meter.js'
import type { ModelOptions, OnJournalFound } from '../llm/model-session.js'
import { usageWords } from '../llm/usage-words.js'
import { note } from './loudness.js'
import { integer, nonNegative, positive } from './parse.js'
import { QUEUE_VARIABLE } from './parts.js'
import type { ProgressBar } from './progress-shown.js'
import { renamedOption } from './renamed.js'

/** The flags of `modelOptions`. */
export interface ModelFlags {
  readonly baseUrl?: string
  readonly model?: string
  readonly apiKeyEnv?: string
  readonly timeout?: number
  readonly stream?: true
  readonly batch?: true
  readonly journal?: string
  readonly replyCache?: string
  readonly maxCost?: number
  readonly maxTotalTokens?: number
  readonly pricePrompt?: number
  readonly priceCompletion?: number
  readonly concurrency?: number
  readonly rpm?: number
  readonly tpm?: number
  readonly tries?: number
  readonly imageTokens?: number
  readonly retryGivenUp?: true
}

/** Where models answer unless something else is said. */
const OPENAI = 'https://api.openai.com/v1'

/** Adds the flags. */
export function addModelFlags(command: Command): Command {
  return command
    .option(
      '--base-url <url>',
      `end point of the language model, up to /v1 (default: ${OPENAI} where --model is given)`,
    )
    .option('--model <name>', 'language model to ask')
    .option('--api-key-env <name>', 'environment variable that holds the key (default: OPENAI_API_KEY)')
    .option('--timeout <seconds>', 'seconds that one call may take (default: 180)', positive)
    .option('--stream', 'have answers sent as they are made')
    .option('--batch', 'ask through the batch end point: half the price, within a day; run again to go on waiting')
    .option('--journal <file>', 'where every call is written down')
    .option('--reply-cache <dir>', 'answers that jobs share: what any of them has asked is not asked again')
    .option('--max-cost <amount>', 'most that all calls may cost, in the currency of the prices', positive)
    .option('--max-total-tokens <n>', 'most tokens of all prompts and answers together', integer(1))
    .addOption(renamedOption('--max-tokens <n>', '--max-total-tokens'))
    .option('--price-prompt <amount>', 'price of a million prompt tokens', nonNegative)
    .option('--price-completion <amount>', 'price of a million tokens of answers', nonNegative)
    .option('--concurrency <n>', 'most calls at once (default: 64, fewer if the server says so)', integer(1))
    .option('--rpm <n>', 'requests a minute (default: what the server takes)', positive)
    .option('--tpm <n>', 'tokens a minute (default: what the server takes)', positive)
    .option('--tries <n>', 'tries of one request before it is given up (default: 5)', integer(1))
    .option('--image-tokens <n>', 'most tokens that the model makes of one picture (default: 1600)', integer(1))
    .option('--retry-given-up', 'ask again what an earlier run gave up')
}

/**
 * The options that flags say; undefined if they name no model.
 * @param journal where calls are written down unless the flags say
 * @throws MimicitError MIMICIT_BAD_VALUE for an end point without a model, or half of the prices
 */
export function modelOptions(flags: ModelFlags, journal: string): ModelOptions | undefined {
  const { baseUrl = OPENAI, model, timeout, rpm, tpm, replyCache } = flags
  if (model === undefined) {
    if (flags.baseUrl === undefined) return undefined
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'the name of a model',
      where: '--model',
      received: `an end point alone (${baseUrl.replace(/[?#].*$/s, '')})`,
      hint: 'Ask the server which it has: curl <base-url>/models.',
    })
  }
  const { apiKeyEnv, stream, batch, maxCost, maxTotalTokens, concurrency } = flags
  const { tries, imageTokens, retryGivenUp } = flags
  return {
    ...{ baseUrl, model, apiKeyEnv, stream, batch, maxCost, maxTotalTokens, concurrency },
    ...{ tries, imageTokens, retryGivenUp },
    timeoutMs: timeout === undefined ? undefined : Math.round(timeout * 1000),
    journal: flags.journal ?? journal,
    cache: replyCache,
    prices: modelPrices(flags),
    requestsPerMinute: rpm,
    tokensPerMinute: tpm,
    // All that work for a queue keep a rate together.
    sharedRate: rpm === undefined && tpm === undefined ? undefined : process.env[QUEUE_VARIABLE] || undefined,
  }
}

/** The prices, where both are given. @throws MimicitError MIMICIT_BAD_VALUE */
function modelPrices({ pricePrompt, priceCompletion }: ModelFlags): TokenPrices | undefined {
  if (pricePrompt === undefined && priceCompletion === undefined) return undefined
  if (pricePrompt !== undefined && priceCompletion !== undefined) {
    return { prompt: pricePrompt, completion: priceCompletion }
  }
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'both prices',
    where: '--price-prompt and --price-completion',
    received: 'one of them',
    hint: 'Give 0 for the one that is free.',
  })
}

/** Shows a job's meter on a bar. */
export function showMeter(bar: ProgressBar): (meter: JobMeter) => void {
  return (meter) => {
    const { done, failed, total } = meter
    bar.show(total === undefined || total === 0 ? 0 : (done + failed) / total, meterLine(meter))
  }
}

/** A meter in a line. */
function meterLine(meter: JobMeter): string {
  const { done, failed, known, total, perMinute, remainingMs, inFlight } = meter
  return [
    `${formatCount(done)}${total === undefined ? '' : ` of ${formatCount(total)}`} answered`,
    ...(known > 0 ? [`${formatCount(known)} known before`] : []),
    ...(failed > 0 ? [`${formatCount(failed)} given up`] : []),
    usageWords(meter),
    ...(inFlight > 0 ? [`${inFlight} under way`] : []),
    ...(perMinute > 0 ? [`${formatCount(Math.round(perMinute))}/min`] : []),
    ...(remainingMs !== undefined && remainingMs > 0 ? [`${formatDuration(remainingMs)} left`] : []),
  ].join(', ')
}

/** What an earlier run has left, as lines for standard error. */
function foundLines(found: JournalFound, path: string): string[] {
  const { replies, givenUp, inFlight, damaged, repaired } = found
  return [
    ...(replies > 0 ? [`${path}: ${plural(replies, 'answer')} of earlier runs, which are not asked for again`] : []),
    ...(givenUp > 0 ? [`${plural(givenUp, 'request')} given up before (--retry-given-up asks again)`] : []),
    ...(inFlight > 0
      ? [
          `${plural(inFlight, 'call')} under way or next when it was stopped: possibly paid, asked again and counted twice`,
        ]
      : []),
    ...(damaged > 0 ? [`${plural(damaged, 'record')} damaged and left out`] : []),
    ...(repaired ? ['a last record that was cut short is removed'] : []),
  ]
}

/** Tells it before anything is asked. */
export const tellFound: OnJournalFound = (found, journal) => {
  for (const line of foundLines(found, journal)) note(line)
}

/** What a dry run has reckoned, as rows of a table. */
export function estimateRows(estimate: JobEstimate): (readonly [string, string])[] {
  const { asks, known, promptTokens, mostPromptTokens, mostCompletionTokens, mostCost } = estimate
  return [
    ['requests', `${formatCount(asks)}${known === 0 ? '' : `, ${formatCount(known)} of them known`}`],
    ['prompt tokens', `about ${formatCount(promptTokens)}, at most ${formatCount(mostPromptTokens)}`],
    ['answer tokens', `at most ${formatCount(mostCompletionTokens)}`],
    [
      'cost',
      mostCost === undefined
        ? 'not known without --price-prompt and --price-completion'
        : `at most ${mostCost.toFixed(4)}`,
    ],
  ]
}
