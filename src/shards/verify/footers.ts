// The footers of Parquet shards: they tell of each row group where the manifest says, also where it says so of some alone, and
// readers go by none of it.
import { readGroupPlaces } from '../parquet-footer.js'
import { damagedShard } from '../shard.js'
import { allShards, attempt, type Check, error } from './check.js'

/** The places of all shards whose record names one. */
export async function verifyFooters({ store, manifest, log }: Check): Promise<void> {
  if (manifest.form !== 'parquet') return
  for (const record of allShards(manifest)) {
    const { path, rowGroups } = record
    if (rowGroups.every(({ footer }) => footer === undefined)) continue
    await attempt(log, path, async () => {
      const file = await store.open(path)
      try {
        const places = await readGroupPlaces(file, record).catch((failure: unknown) => {
          if (!(failure instanceof RangeError)) throw failure
          throw damagedShard(file, record, `a footer that cannot be read (${failure.message})`, failure)
        })
        for (const [i, { footer }] of rowGroups.entries()) {
          if (footer === undefined || footer === places[i]) continue
          const message = `the footer tells of row group ${i} at ${places[i]}, not at ${footer} as the manifest says`
          error(log, 'MIMICIT_BAD_MANIFEST', path, message)
        }
      } finally {
        await file.close()
      }
    })
  }
}
