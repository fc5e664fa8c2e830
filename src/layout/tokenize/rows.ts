// Pairs to rows of a lengths table, in the order of the pairs: here, or spread over threads that each read their own part.
import { stopIfAborted } from '../../base/abort.js'
import { mapInOrder } from '../../base/map-in-order.js'
import { pick } from '../../base/options.js'
import { type PlainError, reviveError } from '../../base/plain-error.js'
import { startWorker } from '../../base/worker-thread.js'
import { type Dataset, openDataset } from '../../shards/dataset.js'
import { cleanings } from '../../text/cleaning.js'
import { tokeniseVariants } from '../../text/lengths.js'
import { type LengthsRow, lengthsRow } from '../../text/lengths-row.js'
import { loadTokenizer } from '../../text/load-tokenizer.js'
import { templates } from '../../text/templates.js'
import { ALL_TOKENS, type TextRules } from '../../text/tokenise.js'

/** What to count with, as it is told to a thread. */
export interface RowSettings {
  readonly tokenizer: string
  readonly template: string
  readonly cleaning: string
  readonly ids: boolean
}

/** Pair rows [from, to). */
export interface RowSpan {
  readonly from: number
  readonly to: number
}

/** What a thread is given when it starts, what it is asked, and what it answers. */
export interface RowWorkerInput {
  readonly location: string
  readonly settings: RowSettings
}
export type RowReply = { readonly rows: readonly LengthsRow[] } | { readonly error: PlainError }

/** Rows of one request. */
const SPAN = 256

/** The rules of some settings. @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_NOT_FOUND, MIMICIT_BAD_TOKENIZER */
export async function rowRules({ tokenizer, template, cleaning }: RowSettings): Promise<TextRules> {
  return {
    template: pick('option template of tokenizeDataset', templates, template),
    cleaning: pick('option cleaning of tokenizeDataset', cleanings, cleaning),
    tokens: ALL_TOKENS,
    tokenizer: await loadTokenizer(tokenizer),
  }
}

/** Tokenises a span of pairs. */
export async function tokeniseSpan(
  dataset: Dataset,
  rules: TextRules,
  ids: boolean,
  { from, to }: RowSpan,
): Promise<LengthsRow[]> {
  const rows: LengthsRow[] = []
  for await (const [, pair] of dataset.pairs({ from, to })) {
    rows.push(lengthsRow(tokeniseVariants(pair, rules), ids, rules.tokenizer.special.image))
  }
  return rows
}

/** The rows of the pairs from `from` up to `to`, in order. @param threads 0 = none but this one */
export async function* tokenisedRows(
  location: string,
  settings: RowSettings,
  { from, to }: RowSpan,
  threads: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<LengthsRow> {
  const spans = Array.from({ length: Math.ceil((to - from) / SPAN) }, (_, i) => ({
    from: from + i * SPAN,
    to: Math.min(to, from + (i + 1) * SPAN),
  }))
  const crew = threads === 0 ? await crewHere(location, settings) : crewOf(threads, location, settings)
  try {
    for await (const rows of mapInOrder(spans, crew.size * 2, (span) => crew.work(span))) {
      stopIfAborted(signal, 'tokenising')
      yield* rows
    }
  } finally {
    await crew.close()
  }
}

/** Who tokenises. */
interface Crew {
  /** Spans that can be worked on at once. */
  readonly size: number
  work(span: RowSpan): Promise<readonly LengthsRow[]>
  close(): Promise<void>
}

async function crewHere(location: string, settings: RowSettings): Promise<Crew> {
  const rules = await rowRules(settings)
  const dataset = await openDataset(location)
  return {
    size: 1,
    async work(span) {
      // Whoever waits for a signal or a progress bar gets a turn between spans.
      await new Promise(setImmediate)
      return tokeniseSpan(dataset, rules, settings.ids, span)
    },
    close: () => dataset.close(),
  }
}

function crewOf(size: number, location: string, settings: RowSettings): Crew {
  const input: RowWorkerInput = { location, settings }
  const workers = Array.from({ length: size }, () => rowWorker(input))
  let next = 0
  return {
    size,
    work: (span) => workers[next++ % size]!.work(span),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()))
    },
  }
}

function rowWorker(input: RowWorkerInput) {
  const worker = startWorker(new URL('./rows-worker.js', import.meta.url), input)
  const waiting: { resolve(rows: readonly LengthsRow[]): void; reject(error: Error): void }[] = []
  let ended: Error | undefined
  const end = (error: Error) => {
    ended ??= error
    for (const one of waiting.splice(0)) one.reject(ended)
  }
  worker.on('message', (reply: RowReply) => {
    const first = waiting.shift()!
    if ('rows' in reply) first.resolve(reply.rows)
    else first.reject(reviveError(reply.error))
  })
  worker.on('error', end)
  worker.on('exit', () => end(new Error('the thread that tokenises has ended')))
  return {
    work: (span: RowSpan) =>
      new Promise<readonly LengthsRow[]>((resolve, reject) => {
        if (ended !== undefined) return reject(ended)
        waiting.push({ resolve, reject })
        worker.postMessage(span)
      }),
    close: () => worker.terminate(),
  }
}
