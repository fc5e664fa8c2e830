// What an images file may be stored as. A new kind is a reader and a line here.
import type { ReadableFile } from '../../io/store.js'
import { isParquetName } from '../parquet/files.js'
import { type ImageEntry, imageEntries } from './images.js'
import { parquetImages } from './parquet-images.js'

interface ImageReader {
  isOf(path: string): boolean
  read(file: ReadableFile): AsyncIterable<ImageEntry>
}

/** Readers of images files; the last one takes whatever the others leave. */
const imageReaders = {
  parquet: { isOf: isParquetName, read: parquetImages },
  json: { isOf: () => true, read: imageEntries },
} as const satisfies Readonly<Record<string, ImageReader>>

/** The pictures of an images file, whatever its kind. */
export function readImages(file: ReadableFile): AsyncIterable<ImageEntry> {
  const { read } = Object.values<ImageReader>(imageReaders).find(({ isOf }) => isOf(file.path))!
  return read(file)
}
