// What the pictures of a data set are like, from what stands beside their bytes.
import type { Dataset } from '../../shards/dataset.js'
import { type Distribution, distributionCounter } from './distribution.js'

/** Sizes and formats. */
export interface PictureStatistics {
  /** Pixels of the longer side, as a person sees the picture. */
  readonly longerSide: Distribution
  /** Thousands of bytes, rounded. */
  readonly kilobytes: Distribution
  /** Pictures by format. */
  readonly formats: Readonly<Record<string, number>>
}

/** Sides and kilobytes are counted exactly up to here. */
const MOST_COUNTED = 4096

/** Reads the facts of all pictures, not their bytes. @param onRow called now and then, with how many were read */
export async function pictureStatistics(dataset: Dataset, onRow: (row: number) => void): Promise<PictureStatistics> {
  const longerSide = distributionCounter(MOST_COUNTED)
  const kilobytes = distributionCounter(MOST_COUNTED)
  const formats: Record<string, number> = {}
  const facts = ['width', 'height', 'byte_length', 'format']
  for await (const { columns, firstRow, rows } of dataset.columns('media', facts)) {
    for (let i = 0; i < rows; i++) {
      longerSide.add(Math.max(columns.width![i] as number, columns.height![i] as number))
      kilobytes.add(Math.round((columns.byte_length![i] as number) / 1000))
      const format = columns.format![i] as string
      formats[format] = (formats[format] ?? 0) + 1
    }
    onRow(firstRow + rows)
  }
  return { longerSide: longerSide.result(), kilobytes: kilobytes.result(), formats }
}
