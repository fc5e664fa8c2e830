// A column chunk of a Parquet shard, decoded page by page: who wants a few rows of a row group, as a window of a stream does, decodes
// the pages that hold them. The bytes of the chunk are checked as a whole, and are kept until all of its pages are decoded.
import { holderOf } from '../base/holder-of.js'
import type { Chunk } from './parquet-footer.js'
import { checkPages, type PagePlan } from './parquet-pages.js'
import type { PagedColumn, ShardFile } from './shard.js'

/** Decodes a chunk that lies in a file of its own. */
export type DecodeChunk = (file: Omit<ShardFile, 'path'>, chunk: Chunk, rows: number) => Promise<readonly unknown[]>

interface DataPage {
  readonly plan: PagePlan
  readonly firstRow: number
  readonly rows: number
  decoding: Promise<void> | undefined
  isThere: boolean
}

/**
 * @param bytes of the whole chunk
 * @throws RangeError if the chunk contradicts itself
 */
export function pagedColumn(bytes: Uint8Array, chunk: Chunk, decode: DecodeChunk): PagedColumn {
  let dictionary: PagePlan | undefined
  const pages: DataPage[] = []
  let firstRow = 0
  for (const plan of checkPages(bytes, chunk)) {
    const { rows } = plan
    if (rows === undefined) dictionary = plan
    else {
      pages.push({ plan, firstRow, rows, decoding: undefined, isThere: false })
      firstRow += rows
    }
  }
  const values = new Array<unknown>(chunk.rows)
  let content: Uint8Array | undefined = bytes
  let missing = pages.length

  const pageOf = (row: number): DataPage => pages[holderOf(pages.length, (page) => pages[page]!.firstRow, row)]!
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
    const own = { ...chunk, start: 0, end: part.byteLength, rows, values: plan.entries, uncompressedBytes }
    const decoded = await decode(file, own, rows)
    for (let i = 0; i < rows; i++) values[page.firstRow + i] = decoded[i]
    page.isThere = true
    missing--
    if (missing === 0) content = undefined
  }

  return {
    values,
    has: (row) => pageOf(row).isThere,
    need(row) {
      const page = pageOf(row)
      page.decoding ??= decodePage(page)
      return page.decoding
    },
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}
