// Looks at the pictures of a source: what each is, or why it is none. Those that lie as text in a file go to threads, many
// at a time; the order is that of the source.
import { isMimicitError, type MimicitError } from '../../base/errors.js'
import { sha256 } from '../../base/hash.js'
import { mapInOrder } from '../../base/map-in-order.js'
import type { PictureFacts } from '../../vision/picture-header.js'
import { probePicture } from '../../vision/probe.js'
import type { PictureRemark } from '../picture-remark.js'
import { batchesOf, lookedAt, type PicturePlace } from '../placed/batch.js'
import type { BatchThreads } from '../placed/threads.js'
import { type FetchedPicture, type ImportSource, inRuns, type SeenFacts, type SourcePicture } from '../source.js'

/** What was seen of a picture, and of one that is none the fault. */
export interface Looked {
  readonly picture: SourcePicture
  readonly found: SeenFacts | undefined
  readonly fault: MimicitError | undefined
  readonly remarks: readonly PictureRemark[] | undefined
}

/**
 * Every picture of a source, in runs.
 * @param isDecoded whether a picture is going to be decoded, so that one that does not decode is found now
 */
export function lookedAtPictures(
  source: ImportSource,
  threads: BatchThreads,
  isDecoded?: (facts: PictureFacts) => boolean,
  maxPixels?: number,
): AsyncGenerator<readonly Looked[]> {
  const batches = batchesOf(inRuns(source.pictures()), ({ bytes, found }) =>
    isPlace(bytes) && found === undefined ? bytes : undefined,
  )
  return mapInOrder(batches, threads.atOnce, async ({ items, batch }): Promise<readonly Looked[]> => {
    const records = batch && (await threads.look(batch))
    const known = items.map((_, i) => (records === undefined ? undefined : lookedAt(records, i)))
    const made: Looked[] = []
    for (const [i, picture] of items.entries()) {
      // What was found before was decoded then, where that was asked for.
      const found = known[i] !== undefined && isDecoded?.(known[i]) === true ? undefined : (picture.found ?? known[i])
      if (found !== undefined) made.push({ picture, found, fault: undefined, remarks: picture.remarks })
      else {
        const fetched = await fetchedPicture(source, picture)
        made.push({ picture, ...(await look(fetched, isDecoded, maxPixels)), remarks: fetched.remarks })
      }
    }
    return made
  })
}

/** Whether there is a place instead of bytes. */
export const isPlace = (bytes: Uint8Array | PicturePlace): bytes is PicturePlace => !(bytes instanceof Uint8Array)

/** A picture with its bytes, whichever way its source gives them. */
export async function fetchedPicture(source: ImportSource, picture: SourcePicture): Promise<FetchedPicture> {
  const { id, bytes } = picture
  return isPlace(bytes) ? await source.picture!(id, bytes) : { ...picture, bytes }
}

/** Hash and header of a picture, or its fault. */
async function look(
  { bytes, fault, where }: FetchedPicture,
  isDecoded?: (facts: PictureFacts) => boolean,
  maxPixels?: number,
): Promise<Pick<Looked, 'found' | 'fault'>> {
  try {
    if (fault !== undefined) throw fault
    const { format, width, height } = await probePicture(bytes, where, isDecoded, maxPixels)
    return { found: { format, width, height, sha256: sha256(bytes) }, fault: undefined }
  } catch (error) {
    if (!isMimicitError(error)) throw error
    return { found: undefined, fault: error }
  }
}
