// Verification: everything a data set promises, checked against its bytes. Nothing is thrown for what is wrong with the
// data; it comes back as issues with a place each.
import { z } from 'zod'
import { type IssueCount, IssueLog } from '../../base/issues.js'
import { isRecord, parseOptions } from '../../base/options.js'
import { openStore, type Store } from '../../io/store.js'
import { readManifest } from '../read-manifest.js'
import { allShards, attempt, type Check, type VerifyOptions } from './check.js'
import { verifyContext } from './contexts.js'
import { verifyFiles } from './files.js'
import { verifyFooters } from './footers.js'
import { verifySums } from './indexes.js'
import { verifyLengths } from './lengths.js'
import { verifyMedia } from './media.js'
import { verifyOrderKey, verifyPairs } from './pairs.js'

export type { VerifyOptions } from './check.js'

/** What verification found. */
export interface VerifyReport {
  readonly location: string
  readonly ok: boolean
  readonly pairs: number
  readonly pictures: number
  readonly contexts: Readonly<Record<string, number>>
  readonly bytes: number
  /** Whether files that the manifest does not name were looked for; a plain web server has no list of its files. */
  readonly listed: boolean
  readonly issues: readonly IssueCount[]
}

const verifyOptions = z.strictObject({ deep: z.boolean().default(false) })

/**
 * Verifies a data set: every file against its hash, every reference, every index entry, every id.
 * @returns `ok` is false if any issue is an error; warnings are odd, not wrong
 * @throws MimicitError MIMICIT_NOT_A_DATASET or MIMICIT_BAD_MANIFEST if there is no manifest to verify against
 */
export async function verifyDataset(location: string, given: VerifyOptions = {}): Promise<VerifyReport> {
  const { onProgress, store: storeOptions, ...rest } = isRecord('verifyDataset', given)
  const options: VerifyOptions = { ...parseOptions('verifyDataset', verifyOptions, rest), onProgress }
  const store = openStore(location, storeOptions)
  try {
    return await verifyStore(store, options)
  } finally {
    await store.close?.()
  }
}

async function verifyStore(store: Store, options: VerifyOptions): Promise<VerifyReport> {
  const manifest = await readManifest(store)
  const log = new IssueLog()
  const check: Check = { store, manifest, log, options }
  const listed = await verifyFiles(check)
  await verifySums(check)
  if (log.count('error') === 0) await verifyFooters(check)
  // Content is only worth reading where the files are those that were written.
  if (log.count('error') === 0) {
    // A table that cannot be read although its files are sound contradicts the manifest: an issue like any other.
    await attempt(log, 'tables', async () => {
      const media = await verifyMedia(check)
      const pairs = await verifyPairs(check, media)
      verifyOrderKey(check, pairs, media.key)
      for (const name of Object.keys(manifest.contexts)) await verifyContext(check, name)
      for (const name of Object.keys(manifest.lengths ?? {})) await verifyLengths(check, name)
    })
  }
  const records = allShards(manifest)
  return {
    location: store.location,
    ok: log.count('error') === 0,
    pairs: manifest.tables.pairs.rows,
    pictures: manifest.tables.media.rows,
    contexts: Object.fromEntries(Object.entries(manifest.contexts).map(([name, { rows }]) => [name, rows])),
    bytes: [...records, ...Object.values(manifest.indexes)].reduce((sum, record) => sum + record.bytes, 0),
    listed,
    issues: log.summary(),
  }
}
