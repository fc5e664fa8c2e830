// A column chunk of a Parquet shard, decoded as far as somebody wants: who wants a few rows of a row group, as a window of a stream
// does, has those alone made where the page allows it, and the pages that hold them decoded where it does not. The bytes of the
// chunk are checked as a whole, and are kept until all of its pages are decoded.
import { holderOf } from '../base/holder-of.js'
import type { Decompress } from '../io/zstd.js'
import { pageValues, type ValueAt } from './page-values.js'
import type { Chunk } from './parquet-footer.js'
import { checkPages, type PagePlan } from './parquet-pages.js'
import type { PagedColumn, ShardFile } from './shard.js'

/** How chunks are decoded. */
export interface ChunkDecoding {
  /** Decodes a chunk that lies in a file of its own. */
  readonly decode: (file: Omit<ShardFile, 'path'>, chunk: Chunk, rows: number) => Promise<readonly unknown[]>
  readonly zstd: Decompress
}

interface DataPage {
  readonly plan: PagePlan
  readonly firstRow: number
  readonly rows: number
  /** Rows that nobody has wanted yet. */
  missing: number
  /** Its values, once it is open; undefined where it can only be decoded as a whole. */
  valueAt?: ValueAt | undefined
  isOpen: boolean
  decoding: Promise<void> | undefined
}

/**
 * @param bytes of the whole chunk
 * @throws RangeError if the chunk contradicts itself
 */
export function pagedColumn(bytes: Uint8Array, chunk: Chunk, { decode, zstd }: ChunkDecoding): PagedColumn {
  let dictionary: PagePlan | undefined
  const pages: DataPage[] = []
  let firstRow = 0
  for (const plan of checkPages(bytes, chunk)) {
    const { rows } = plan
    if (rows === undefined) dictionary = plan
    else {
      pages.push({ plan, firstRow, rows, missing: rows, isOpen: false, decoding: undefined })
      firstRow += rows
    }
  }
  // As long as few of its places are filled V8 keeps only those: a row group has thousands of rows, eight of them are kept.
  const values: unknown[] = []
  let content: Uint8Array | undefined = bytes
  let unread = pages.length

  const pageOf = (row: number): DataPage => pages[holderOf(pages.length, (page) => pages[page]!.firstRow, row)]!
  const isRead = (page: DataPage) => {
    page.missing = 0
    page.valueAt = undefined
    unread--
    if (unread === 0) content = undefined
  }
  /** As a chunk of its own, with the dictionary in front. */
  const decodePage = async (page: DataPage) => {
    const { plan, rows } = page
    const parts = dictionary === undefined ? [plan] : [dictionary, plan]
    const part = joined(parts.map(({ start, end }) => content!.subarray(start, end)))
    const uncompressedBytes = parts.reduce((sum, one) => sum + one.uncompressedBytes, 0)
    const file = {
      byteLength: part.byteLength,
      read: async (offset: number, length: number) => part.subarray(offset, offset + length),
    }
    const own = {
      ...chunk,
      start: 0,
      end: part.byteLength,
      rows,
      values: plan.entries,
      dictionaryOf: chunk.values,
      uncompressedBytes,
    }
    const decoded = await decode(file, own, rows)
    for (let i = 0; i < rows; i++) values[page.firstRow + i] = decoded[i] ?? null
    isRead(page)
  }

  return {
    values,
    has: (row) => values[row] !== undefined,
    need(row) {
      const page = pageOf(row)
      if (!page.isOpen) {
        page.valueAt = pageValues(content!, chunk, page.plan, dictionary, zstd)
        page.isOpen = true
      }
      if (page.valueAt === undefined) {
        page.decoding ??= decodePage(page)
        return page.decoding
      }
      values[row] = page.valueAt(row - page.firstRow)
      if (--page.missing === 0) isRead(page)
      return undefined
    },
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}
