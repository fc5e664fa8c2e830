// Pictures for the page: the original bytes, or small ones for lists, which are kept.
import { LruCache } from '../../base/lru.js'
import type { Dataset } from '../../shards/dataset.js'
import { shrinkPicture } from '../../vision/shrink.js'

/** An encoded picture. */
export interface ShownPicture {
  readonly bytes: Uint8Array
  /** MIME type. */
  readonly type: string
}

/** Pictures of a data set. */
export interface Pictures {
  /**
   * @param side pixels of the longer side at most; undefined = as it is stored, if a browser can show that
   * @throws MimicitError MIMICIT_BAD_VALUE for a row that does not exist, MIMICIT_CORRUPT, MIMICIT_BAD_PICTURE
   */
  get(row: number, side: number | undefined): Promise<ShownPicture>
}

/** What browsers show. Formats that can hold a script are not among them. */
const SHOWN: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'avif'])
const KEPT_BYTES = 64e6
/** Of the longer side of what has to be encoded again to be shown. */
const LARGEST_SIDE = 4096

/** Nothing is read before a picture is asked for. */
export function createPictures(dataset: Dataset): Pictures {
  const small = new LruCache<string, ShownPicture>(KEPT_BYTES)
  return {
    async get(row, side) {
      const key = `${row}/${side}`
      const found = small.get(key)
      if (found !== undefined) return found
      const [bytes, { format, ids }] = await Promise.all([dataset.picture(row), dataset.media(row)])
      if (side === undefined && SHOWN.has(format)) return { bytes, type: `image/${format}` }
      const shrunk = await shrinkPicture(bytes, side ?? LARGEST_SIDE, ids[0] ?? `picture ${row}`)
      const shown = { bytes: shrunk.bytes, type: `image/${shrunk.format}` }
      if (side !== undefined) small.set(key, shown, shown.bytes.byteLength)
      return shown
    },
  }
}
