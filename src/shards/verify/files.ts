// The files of a data set: sizes and hashes against the manifest, the manifest's sums, and files that nobody names.
import { decodeCheckedJson } from '../../base/checked-json.js'
import { sha256Stream } from '../../base/hash.js'
import { MANIFEST } from '../manifest-file.js'
import { allShards, attempt, type Check, error, warn } from './check.js'

/** Sizes, hashes, and files that nobody names. @returns whether the store could be listed, to look for the latter */
export async function verifyFiles({ store, manifest, log, options }: Check): Promise<boolean> {
  const records = allShards(manifest)
  const total = records.reduce((sum, record) => sum + record.bytes, 0)
  let before = 0
  for (const record of records) {
    await attempt(log, record.path, async () => {
      const file = await store.open(record.path)
      try {
        if (file.byteLength !== record.bytes) {
          error(log, 'MIMICIT_CORRUPT', record.path, `${file.byteLength} bytes instead of ${record.bytes}`)
          return
        }
        const hash = sha256Stream()
        for (let at = 0; at < file.byteLength; at += READ) {
          hash.update(await file.read(at, Math.min(READ, file.byteLength - at)))
          options.onProgress?.({ stage: 'hashing shards', done: before + at, total, unit: 'bytes' })
        }
        if (hash.digest('hex') !== record.sha256) {
          error(log, 'MIMICIT_CORRUPT', record.path, 'its SHA-256 is not the one in the manifest')
        }
      } finally {
        await file.close()
      }
    })
    before += record.bytes
  }
  await attempt(log, 'provenance.json', async () => {
    const text = Buffer.from(await store.readAll('provenance.json')).toString('utf8')
    decodeCheckedJson(text, 'provenance.json', 'MIMICIT_CORRUPT')
  })
  const known = new Set([
    ...records.map((record) => record.path),
    ...Object.values(manifest.indexes).map((record) => record.path),
    ...[MANIFEST, 'provenance.json', 'README.md'],
  ])
  const listed = await store.list()
  for (const path of listed ?? []) {
    if (!known.has(path) && !isEarlierIndex(manifest, path))
      warn(log, 'MIMICIT_UNKNOWN_FILE', path, 'no table of the manifest names this file')
  }
  return listed !== undefined
}

const READ = 1 << 20

/** Indexes of earlier generations stay for those who opened them; the next append clears them away. */
function isEarlierIndex({ generation, indexes }: Check['manifest'], path: string): boolean {
  const [, of, name = ''] = /^index\/(?:generation-(\d+)\/)?(.+)$/.exec(path) ?? []
  return Object.hasOwn(indexes, name) && Number(of ?? 1) < generation
}
