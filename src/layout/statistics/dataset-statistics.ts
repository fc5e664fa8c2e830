// The statistics of the paper (section 3.3 and its figures) of any data set, from one reading of the texts of its pairs,
// one of its context tables, and one of the facts of its pictures. Memory is about 14 bytes for each different text, whatever the number of pairs.
import { z } from 'zod'
import { stopIfAborted } from '../../base/abort.js'
import { parseOptions } from '../../base/options.js'
import type { OnProgress } from '../../base/progress.js'
import { randomStream } from '../../base/random.js'
import { HashTable, textHash } from '../../import/survey/hash-table.js'
import { contextRows } from '../../shards/context-rows.js'
import type { Dataset } from '../../shards/dataset.js'
import { verifyDataset } from '../../shards/verify/index.js'
import { englishTagger } from '../../text/english.js'
import { loadTokenizer } from '../../text/load-tokenizer.js'
import { countWords } from '../../text/words.js'
import { type Distribution, distributionCounter } from './distribution.js'
import { type MadeCost, madeCost } from './made-cost.js'
import { type PictureStatistics, pictureStatistics } from './picture-statistics.js'
import { verbNounOf } from './verb-noun.js'
import { type VerbRow, verbTable } from './verb-table.js'

/** Options of `datasetStatistics`. */
export interface StatisticsOptions {
  /** `bytes`, or the path of a tokenizer.json, to count tokens with. @default a table of token counts, where the data set has one */
  readonly tokenizer?: string | undefined
  /** English instructions of which the verb is looked for, spread over the data. @default 200000 */
  readonly verbSample?: number | undefined
  /** Also checks the data set, which reads every byte of it. @default false */
  readonly verify?: boolean | undefined
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
}

/** Tokens of text, by some tokenizer. */
export interface TokenStatistics {
  /** Name of the tokenizer, and of the table if they come from one. */
  readonly by: string
  readonly instruction: number
  readonly response: number
}

/** Root verbs of instructions with their direct objects. */
export interface VerbStatistics {
  /** English instructions that were looked at, of how many there are. */
  readonly sampled: number
  readonly english: number
  /** Of those looked at: with a verb, and with an object too. */
  readonly withVerb: number
  readonly withObject: number
  /** The 20 most frequent verbs with their 4 most frequent objects. */
  readonly top: readonly VerbRow[]
}

/** What a data set is like. */
export interface DatasetStatistics {
  readonly pairs: number
  readonly pictures: number
  readonly uniqueInstructions: number
  readonly uniqueResponses: number
  /** Pairs by each of them. */
  readonly languages: Readonly<Record<string, number>>
  readonly subsets: Readonly<Record<string, number>>
  readonly splits: Readonly<Record<string, number>>
  readonly mediaKinds: Readonly<Record<string, number>>
  readonly words: { readonly instruction: Distribution; readonly response: Distribution }
  /** Null where there is neither a tokenizer nor a table of counts. */
  readonly tokens: TokenStatistics | null
  /** What it cost to make, or null where nothing is known of that. */
  readonly cost: MadeCost | null
  readonly picturesPerPair: Distribution
  readonly pictureFacts: PictureStatistics
  /** In-context examples of a query, by context table. */
  readonly related: Readonly<Record<string, Distribution>>
  readonly verbs: VerbStatistics
  /** What verification found, by code; null where it was not asked for. */
  readonly issues: Readonly<Record<string, number>> | null
}

const VERBS = 20
const NOUNS = 4

const schema = z.strictObject({
  tokenizer: z.string().min(1).optional(),
  verbSample: z.int().min(0).default(200_000),
  verify: z.boolean().default(false),
})

/**
 * Reads a data set and says what it is like.
 * @throws MimicitError MIMICIT_CORRUPT, MIMICIT_BAD_VALUE, MIMICIT_BAD_TOKENIZER, MIMICIT_NOT_FOUND, MIMICIT_ABORTED
 */
export async function datasetStatistics(
  dataset: Dataset,
  { onProgress, signal, ...options }: StatisticsOptions = {},
): Promise<DatasetStatistics> {
  const { tokenizer, verbSample, verify } = parseOptions('datasetStatistics', schema, options)
  const { tables, statistics, subsets } = dataset.manifest
  const total = tables.pairs.rows
  const loop = (stage: string, all: number, unit: string) => (done: number) => {
    stopIfAborted(signal, 'the statistics')
    onProgress?.({ stage, done, total: all, unit })
  }
  const english = statistics.languages.en ?? 0
  const texts = await readTexts(dataset, { tokenizer, english, verbSample }, loop('reading pairs', total, 'pairs'))
  return {
    pairs: total,
    pictures: tables.media.rows,
    ...texts,
    languages: statistics.languages,
    subsets: Object.fromEntries(subsets.map(({ name, pairs }) => [name, pairs])),
    splits: statistics.splits,
    mediaKinds: statistics.mediaKinds,
    tokens: texts.tokens ?? (await storedTokens(dataset)),
    cost: await madeCost(dataset),
    pictureFacts: await pictureStatistics(dataset, loop('measuring pictures', tables.media.rows, 'pictures')),
    related: await relatedCounts(dataset, loop('reading contexts', total, 'queries')),
    issues: verify ? await issuesOf(dataset, onProgress, signal) : null,
  }
}

async function issuesOf({ location }: Dataset, tell: OnProgress | undefined, signal: AbortSignal | undefined) {
  const onProgress: OnProgress = (progress) => {
    stopIfAborted(signal, 'the statistics')
    tell?.(progress)
  }
  const found: Record<string, number> = {}
  for (const { code, count } of (await verifyDataset(location, { onProgress })).issues) {
    found[code] = (found[code] ?? 0) + count
  }
  return found
}

interface TextSettings {
  readonly tokenizer: string | undefined
  readonly english: number
  readonly verbSample: number
}

type FromTexts = Pick<
  DatasetStatistics,
  'uniqueInstructions' | 'uniqueResponses' | 'words' | 'tokens' | 'picturesPerPair' | 'verbs'
>

async function readTexts(
  dataset: Dataset,
  { tokenizer: name, english, verbSample }: TextSettings,
  onRow: (row: number) => void,
): Promise<FromTexts> {
  const tokenizer = name === undefined ? undefined : await loadTokenizer(name)
  const tag = english > 0 && verbSample > 0 ? await englishTagger() : undefined
  const share = Math.min(1, verbSample / Math.max(1, english))
  const draw = randomStream('statistics', 'verbs')
  const instructions = new HashTable()
  const responses = new HashTable()
  const words = { instruction: distributionCounter(), response: distributionCounter() }
  const picturesPerPair = distributionCounter()
  const tokens = { instruction: 0, response: 0 }
  const table = verbTable()
  const found = { sampled: 0, withVerb: 0, withObject: 0 }
  const lookAt = (instruction: string) => {
    if (tag === undefined || (share < 1 && draw.float() >= share)) return
    found.sampled++
    const root = verbNounOf(tag(instruction))
    if (root === null) return
    found.withVerb++
    if (root.noun !== null) found.withObject++
    table.add(root.verb, root.noun)
  }
  for await (const [row, { instruction, response, language, media }] of dataset.pairs()) {
    if (row % 256 === 0) {
      // Others get their turn: tagging a row group would take seconds.
      await new Promise(setImmediate)
      onRow(row)
    }
    instructions.add(...textHash(instruction), 0)
    responses.add(...textHash(response), 0)
    words.instruction.add(countWords(instruction))
    words.response.add(countWords(response))
    picturesPerPair.add(media.length)
    if (tokenizer !== undefined) {
      tokens.instruction += tokenizer.encode(instruction).length
      tokens.response += tokenizer.encode(response).length
    }
    if (language === 'en') lookAt(instruction)
  }
  return {
    uniqueInstructions: instructions.size,
    uniqueResponses: responses.size,
    words: { instruction: words.instruction.result(), response: words.response.result() },
    tokens: tokenizer === undefined ? null : { by: tokenizer.name, ...tokens },
    picturesPerPair: picturesPerPair.result(),
    verbs: { ...found, english, top: table.top(VERBS, NOUNS) },
  }
}

/** The sums of a stored table that has every pair. */
async function storedTokens(dataset: Dataset): Promise<TokenStatistics | null> {
  const { lengths = {}, tables } = dataset.manifest
  const name = Object.keys(lengths).find((each) => lengths[each]!.rows === tables.pairs.rows)
  if (name === undefined) return null
  let instruction = 0
  let response = 0
  for await (const { rows, columns } of dataset.columns(`lengths/${name}`, ['instruction', 'unmarked', 'response'])) {
    for (let i = 0; i < rows; i++) {
      // Marks of pictures are no text; only where they change the rest is that stored apart.
      instruction += (columns.unmarked?.[i] ?? columns.instruction?.[i]) as number
      response += columns.response?.[i] as number
    }
  }
  return { by: `${lengths[name]!.tokenizer.name}, table ${name}`, instruction, response }
}

async function relatedCounts(dataset: Dataset, onRow: (row: number) => void) {
  const related: [string, Distribution][] = []
  for (const name of Object.keys(dataset.manifest.contexts)) {
    const counts = distributionCounter()
    let row = 0
    for await (const { contexts } of contextRows(dataset, name)) {
      if (row % 4096 === 0) onRow(row)
      row++
      counts.add(contexts.length)
    }
    related.push([name, counts.result()])
  }
  return Object.fromEntries(related)
}
