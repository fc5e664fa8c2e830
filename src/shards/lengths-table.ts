// How many tokens the texts of the pairs are: read from a stored lengths table where there is one of the same tokenizer,
// template and cleaning, and counted where there is none, by the same code and with the same numbers. Planning asks for
// windows of rows and gets typed arrays; memory is what it asked for and a bounded cache of what was counted.
import { stopIfAborted } from '../base/abort.js'
import { MimicitError } from '../base/errors.js'
import { fingerprint } from '../base/hash.js'
import { LruCache } from '../base/lru.js'
import { countsOf, tokeniseVariants } from '../text/lengths.js'
import type { Template } from '../text/template.js'
import type { TextRules } from '../text/tokenise.js'
import type { Dataset } from './dataset.js'
import { lengthsRowAt } from './lengths-columns.js'
import type { LengthsRecord, Manifest } from './manifest.js'
import { openStoredTable } from './stored-table.js'
import type { TableReader } from './table-reader.js'

/** Token counts of the pair rows [from, to); see `TurnCounts` for what each counts. */
export interface LengthsWindow {
  readonly from: number
  readonly to: number
  readonly instruction: Int32Array
  readonly unmarked: Int32Array
  readonly interleaved: Int32Array
  readonly response: Int32Array
}

/** Token counts of a data set's pairs, open for reading. */
export interface Lengths {
  /** The pair rows below this come from a stored table; those from it on are tokenised when they are asked for. */
  readonly stored: number
  /**
   * @throws MimicitError MIMICIT_BAD_VALUE for rows that do not exist, MIMICIT_CORRUPT
   */
  window(from: number, to: number): Promise<LengthsWindow>
  /** Closes the files. */
  close(): Promise<void>
}

/** How lengths are opened. */
export interface LengthsOptions {
  /** Bytes of counts that are kept of what had to be tokenised. @default 64e6 */
  readonly cacheBytes?: number
  /** Stops tokenising. */
  readonly signal?: AbortSignal | undefined
}

/** 16 hex digits over everything that a template says. */
export const templateFingerprint = (template: Template): string => fingerprint(template)

/**
 * The stored table for some rules, the one with most rows of several; undefined if there is none.
 * @throws MimicitError MIMICIT_BAD_MANIFEST for one that was made from other rows
 */
export function findLengths(
  { lengths = {}, generations }: Manifest,
  { tokenizer, template, cleaning }: TextRules,
  where: string,
): { readonly name: string; readonly record: LengthsRecord } | undefined {
  const parts = [tokenizer.fingerprint, templateFingerprint(template), cleaning.name].join()
  const fitting = Object.entries(lengths)
    .filter(([, one]) => [one.tokenizer.fingerprint, one.template.fingerprint, one.cleaning].join() === parts)
    .sort(([, a], [, b]) => b.rows - a.rows || Number(b.ids) - Number(a.ids))
  const [found] = fitting
  if (found === undefined) return undefined
  const [name, record] = found
  const made = generations.find((generation) => generation.orderKey === record.orderKey)
  if (made !== undefined && record.pairs.to <= made.pairs) return { name, record }
  throw new MimicitError('MIMICIT_BAD_MANIFEST', {
    expected: 'a lengths table made from this data set',
    where: `lengths ${name} of ${where}`,
    received: `one made from ${record.pairs.to} pairs of order key ${record.orderKey.slice(0, 16)}`,
    hint: 'Remove it and run `mimicit tokenize`.',
  })
}

/**
 * Opens the token counts of a data set for a tokenizer and template, stored or not.
 * @throws MimicitError MIMICIT_BAD_MANIFEST
 */
export function openLengths(
  dataset: Dataset,
  rules: TextRules,
  { cacheBytes = 64e6, signal }: LengthsOptions = {},
): Lengths {
  const { store, manifest, location } = dataset
  const { rows } = manifest.tables.pairs
  const found = findLengths(manifest, rules, location)
  const stored = found?.record.rows ?? 0
  const table = found && openStoredTable(store, manifest, `lengths/${found.name}`, COUNT_COLUMNS)
  const counted = createCounter(dataset, rules, cacheBytes, signal)
  return {
    stored,
    async window(from, to) {
      if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= rows)) {
        throw new MimicitError('MIMICIT_BAD_VALUE', {
          expected: `a window inside 0 to ${rows}`,
          where: `the lengths of ${location}`,
          received: `${from} to ${to}`,
        })
      }
      const window = emptyWindow(from, to)
      if (table !== undefined) await readStored(table, window, Math.min(to, stored), location)
      await counted.fill(window, Math.max(from, stored))
      return window
    },
    async close() {
      await table?.close()
      await counted.close()
    },
  }
}

const COUNT_COLUMNS = ['instruction', 'unmarked', 'interleaved', 'response']

function emptyWindow(from: number, to: number): LengthsWindow {
  const column = () => new Int32Array(to - from)
  return { from, to, instruction: column(), unmarked: column(), interleaved: column(), response: column() }
}

async function readStored(table: TableReader, window: LengthsWindow, to: number, location: string): Promise<void> {
  for (let row = window.from; row < to; ) {
    const { columns, firstRow, rows } = await table.groupOf(row)
    const end = Math.min(to, firstRow + rows)
    for (; row < end; row++) {
      const { instruction, unmarked, interleaved, response } = lengthsRowAt(columns, row - firstRow)
      const at = row - window.from
      window.instruction[at] = instruction
      window.unmarked[at] = unmarked ?? instruction
      window.interleaved[at] = interleaved ?? instruction
      window.response[at] = response
      if (instruction < 0 || response < 0 || (unmarked ?? 0) < 0 || (interleaved ?? 0) < 0)
        throw negative(location, row)
    }
  }
}

/** Rows that are tokenised at once, and kept or forgotten together. */
const CHUNK = 512
/** Rows after which others get their turn: tokenising some hundred texts takes tenths of a second. */
const BREATH = 32

/** Counts by tokenising; chunks that were counted are kept up to a limit. */
function createCounter(dataset: Dataset, rules: TextRules, cacheBytes: number, signal: AbortSignal | undefined) {
  const { store, manifest } = dataset
  const kept = new LruCache<number, Promise<LengthsWindow>>(cacheBytes)
  let pairs: TableReader | undefined
  const count = async (from: number): Promise<LengthsWindow> => {
    const window = emptyWindow(from, Math.min(from + CHUNK, manifest.tables.pairs.rows))
    pairs ??= openStoredTable(store, manifest, 'pairs', ['instruction', 'response', 'media_positions'])
    for (let row = from; row < window.to; row++) {
      if (row % BREATH === 0) {
        await new Promise(setImmediate)
        stopIfAborted(signal, 'counting tokens')
      }
      const { columns, firstRow } = await pairs.around(row)
      const at = <T>(name: string) => columns[name]?.[row - firstRow] as T
      const counts = countsOf(
        tokeniseVariants(
          {
            instruction: at('instruction'),
            response: at('response'),
            mediaPositions: at<number[] | undefined>('media_positions') ?? null,
          },
          rules,
        ),
      )
      window.instruction[row - from] = counts.instruction
      window.unmarked[row - from] = counts.unmarked
      window.interleaved[row - from] = counts.interleaved
      window.response[row - from] = counts.response
    }
    return window
  }
  const chunkOf = (from: number) => {
    const found = kept.get(from)
    if (found !== undefined) return found
    const chunk = count(from)
    chunk.catch(() => kept.delete(from))
    kept.set(from, chunk, 4 * COUNT_COLUMNS.length * CHUNK)
    return chunk
  }
  return {
    /** Fills a window from a row on. */
    async fill(window: LengthsWindow, from: number): Promise<void> {
      for (let row = from; row < window.to; ) {
        const chunk = await chunkOf(row - (row % CHUNK))
        const end = Math.min(window.to, chunk.to)
        for (const name of ['instruction', 'unmarked', 'interleaved', 'response'] as const) {
          window[name].set(chunk[name].subarray(row - chunk.from, end - chunk.from), row - window.from)
        }
        row = end
      }
    },
    close: async () => pairs?.close(),
  }
}

const negative = (location: string, row: number) =>
  new MimicitError('MIMICIT_CORRUPT', {
    expected: 'numbers of tokens',
    where: `a lengths table of ${location}, row ${row}`,
    received: 'one below 0',
    hint: 'Run `mimicit verify`, and `mimicit tokenize` again.',
  })
