// Where pictures lie inside a Parquet file. In an uncompressed PLAIN page of a required BYTE_ARRAY column the values
// stand at the very end of the page, each as a 4-byte little-endian length and its bytes (Parquet format, "Plain
// encoding"); so counting back from the end of the page finds each of them, whatever the header's size.

/** A run of bytes in a file. */
export interface Span {
  readonly offset: number
  readonly length: number
}

/** A data page: where it ends, and the rows [firstRow, lastRow) of the row group that it holds. */
export interface PageSpan {
  readonly end: number
  readonly firstRow: number
  readonly lastRow: number
}

/** The span of each picture of a row group, from its pages and the pictures' lengths in bytes. */
export function pictureSpans(pages: readonly PageSpan[], lengths: readonly number[]): Span[] {
  const spans: Span[] = new Array(lengths.length)
  for (const page of pages) {
    let at = page.end
    for (let row = page.lastRow - 1; row >= page.firstRow; row--) {
      const length = lengths[row]!
      at -= length
      spans[row] = { offset: at, length }
      at -= 4
    }
  }
  return spans
}
