// The manifest of a place, read and checked. Apart from data-set reading itself, since what checks it takes as long to load as a small
// data set to open: a thread that is given a manifest that was checked elsewhere need not.
import { isMimicitError, MimicitError } from '../base/errors.js'
import type { Store } from '../io/readable.js'
import { decodeManifest, type Manifest } from './manifest.js'
import { MANIFEST } from './manifest-file.js'

/**
 * Reads and checks the manifest of a location.
 * @throws MimicitError MIMICIT_NOT_FOUND / MIMICIT_NOT_A_DATASET if there is none, MIMICIT_BAD_MANIFEST if it is damaged
 */
export async function readManifest(store: Store): Promise<Manifest> {
  if (!(await store.exists(MANIFEST))) {
    throw new MimicitError('MIMICIT_NOT_A_DATASET', {
      expected: `a data set (a directory with ${MANIFEST})`,
      where: store.location,
      received: 'a place without one',
      hint: 'Make one with `mimicit import`; an import that was interrupted leaves no manifest.',
    })
  }
  const decode = (bytes: Uint8Array) =>
    decodeManifest(Buffer.from(bytes).toString('utf8'), `${store.location}/${MANIFEST}`)
  try {
    return decode(await store.readAll(MANIFEST))
  } catch (error) {
    // One that broke on its way from far must not stay in a cache.
    const again =
      isMimicitError(error) && error.code === 'MIMICIT_BAD_MANIFEST' && (await store.readAllAgain?.(MANIFEST))
    if (!again) throw error
    return decode(again)
  }
}
