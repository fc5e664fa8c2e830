// Where a rewritten data set comes from. It goes into provenance.json and into no hash: the manifest says what a data set
// is, and two ways to the same content give the same bytes. Nothing that is said of a parent depends on a place.
import { sha256Hex } from '../base/hash.js'
import { version } from '../base/version.js'
import type { Dataset } from '../shards/dataset.js'
import { MANIFEST } from '../shards/manifest-file.js'

/** A data set that another one was made of. */
export interface Parent {
  readonly orderKey: string
  readonly generation: number
  readonly pairs: number
  readonly media: number
  /** SHA-256 of its manifest.json, 64 hex digits. */
  readonly manifest: string
}

/** What is said of a parent. */
export async function parentOf({ manifest, store }: Dataset): Promise<Parent> {
  return {
    orderKey: manifest.orderKey,
    generation: manifest.generation,
    pairs: manifest.tables.pairs.rows,
    media: manifest.tables.media.rows,
    manifest: sha256Hex(await store.readAll(MANIFEST)),
  }
}

/** The provenance of a data set that was made of others. */
export async function lineage(
  command: string,
  parents: readonly Dataset[],
  options: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  return {
    tool: 'mimicit',
    version,
    command,
    time: new Date().toISOString(),
    parents: await Promise.all(parents.map(parentOf)),
    options,
  }
}
