// What the rest of the house sees of bytes: a place that holds files, and a file that gives any range of its bytes. Apart
// from store.ts, so that the stores and the registry of them do not import each other.

/** A file that is open for reading ranges. */
export interface ReadableFile {
  /** Path inside its store, for messages. */
  readonly path: string
  readonly byteLength: number
  /**
   * Exactly `length` bytes from `offset`.
   * @throws MimicitError MIMICIT_CORRUPT if the file ends before that
   */
  read(offset: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** A place that holds files. */
export interface Store {
  /** What the user called it. */
  readonly location: string
  /** @throws MimicitError MIMICIT_NOT_FOUND if there is no such file */
  open(path: string): Promise<ReadableFile>
  /** The whole of a small file. */
  readAll(path: string): Promise<Uint8Array>
  exists(path: string): Promise<boolean>
  /** Every file below the store, relative, with `/`, sorted. */
  list(): Promise<string[]>
}
