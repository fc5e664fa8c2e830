// The indexes: each of them whole, the id indexes equal to what the tables give, the sums equal to the shards' bytes and
// without a gap that is not the pictures of a row group.
import { sha256 } from '../../base/hash.js'
import { openIndexFile } from '../index-file.js'
import type { ShardRecord } from '../manifest.js'
import { indexRecord, loadSums, shardsOf, tableNames } from '../stored-table.js'
import type { Piece } from '../sums.js'
import { attempt, type Check, error } from './check.js'

/** Compares an index with the records that its table gives. */
export async function verifyIndexOf(
  { store, manifest, log }: Check,
  name: string,
  expected: Uint8Array,
): Promise<void> {
  await attempt(log, `index/${name}`, async () => {
    const record = indexRecord(manifest, name)
    const file = await store.open(record.path)
    try {
      const records = await (await openIndexFile(file, record)).all()
      if (Buffer.compare(records, expected) !== 0) {
        error(log, 'MIMICIT_CORRUPT', record.path, 'it is not the index of this table; rebuild it with `mimicit index`')
      }
    } finally {
      await file.close()
    }
  })
}

/** Checks the sums of every table against its shards. */
export async function verifySums(check: Check): Promise<void> {
  const { store, manifest, log } = check
  for (const name of tableNames(manifest)) {
    await attempt(log, `index/${name}.sums`, async () => {
      const pieces = await loadSums(store, manifest, name)
      for (const [i, record] of shardsOf(manifest, name).entries()) {
        for (const problem of coverProblems(record, pieces[i] ?? [], name === 'media')) {
          error(log, 'MIMICIT_CORRUPT', `index/${name}.sums`, `${record.path}: ${problem}`)
        }
        if (await store.exists(record.path)) await verifyPieces(check, record, pieces[i] ?? [])
      }
    })
  }
}

async function verifyPieces({ store, log }: Check, record: ShardRecord, pieces: readonly Piece[]): Promise<void> {
  const file = await store.open(record.path)
  try {
    for (const { offset, length, sha256: expected } of pieces) {
      if (offset + length > file.byteLength) return
      if (Buffer.compare(sha256(await file.read(offset, length)), expected) !== 0) {
        error(log, 'MIMICIT_CORRUPT', record.path, `bytes ${offset} to ${offset + length} do not have their SHA-256`)
      }
    }
  } finally {
    await file.close()
  }
}

/** Pieces cover a shard but, where there are pictures, for one gap in each row group. */
function* coverProblems({ bytes, rowGroups }: ShardRecord, pieces: readonly Piece[], hasPictures: boolean) {
  let at = 0
  const gaps = new Set<number>()
  for (const { offset, length } of [...pieces, { offset: bytes, length: 0 }]) {
    if (offset > at) {
      const group = hasPictures
        ? rowGroups.findIndex((span) => at >= span.offset && offset <= span.offset + span.bytes)
        : -1
      if (group < 0) yield `no piece covers bytes ${at} to ${offset}`
      else if (gaps.has(group)) yield `two gaps in row group ${group}`
      gaps.add(group)
    }
    at = offset + length
  }
  if (at !== bytes) yield `its pieces end at ${at} of ${bytes} bytes`
}
