// What an images file may be stored as. A new kind is a reader and a line here.
import type { ReadableFile } from '../../io/store.js'
import type { JsonEntry } from '../json-stream.js'
import { isParquetName } from '../parquet/files.js'
import { type ImageEntry, imageEntries, imagePlaces } from './images.js'
import { parquetImages } from './parquet-images.js'

interface ImageReader {
  isOf(path: string): boolean
  read(file: ReadableFile): AsyncIterable<ImageEntry>
  /** Where the pictures lie, for a kind whose pictures can be fetched one by one. */
  places?(file: ReadableFile): AsyncIterable<readonly Omit<JsonEntry, 'value'>[]>
}

/** Readers of images files; the last one takes whatever the others leave. */
const imageReaders = {
  parquet: { isOf: isParquetName, read: parquetImages },
  json: { isOf: () => true, read: imageEntries, places: imagePlaces },
} as const satisfies Readonly<Record<string, ImageReader>>

/** The reader of an images file, whatever its kind. */
export function imageReader(file: ReadableFile): ImageReader {
  return Object.values<ImageReader>(imageReaders).find(({ isOf }) => isOf(file.path))!
}
