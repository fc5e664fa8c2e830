// A store that remembers every read: what a test of reads and bytes looks at.
import { openDirectory } from '../../src/io/directory.js'
import type { Store } from '../../src/io/store.js'

/** A read of a file. */
export interface RecordedRead {
  readonly path: string
  readonly offset: number
  readonly length: number
}

/** A directory as a store that remembers its reads. */
export function recordingStore(root: string): { readonly store: Store; readonly reads: RecordedRead[] } {
  const reads: RecordedRead[] = []
  const inner = openDirectory(root)
  const store: Store = {
    ...inner,
    async open(path) {
      const file = await inner.open(path)
      return {
        ...file,
        read(offset, length) {
          reads.push({ path, offset, length })
          return file.read(offset, length)
        },
      }
    },
  }
  return { store, reads }
}
