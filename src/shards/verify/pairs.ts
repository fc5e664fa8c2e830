// The pairs table: every pair by itself, every id once, every reference to a picture; and the order key of both tables.

import { validatePair } from '../../tuple/validate.js'
import { collectIds } from '../ids-index.js'
import { MANIFEST } from '../manifest-file.js'
import { orderKey, orderKeyTable } from '../order-key.js'
import { pairAt } from '../rows.js'
import { openStoredTable } from '../stored-table.js'
import { pairsSchema } from '../table-schema.js'
import { type Check, error, warn } from './check.js'
import { verifyIndexOf } from './indexes.js'
import type { VerifiedMedia } from './media.js'

/** Every pair and its references. @returns the order key's hash of the table */
export async function verifyPairs(check: Check, media: VerifiedMedia): Promise<Uint8Array> {
  const { store, manifest, log, options } = check
  const collected = collectIds()
  const { pairs } = manifest.tables
  const table = openStoredTable(
    store,
    manifest,
    'pairs',
    pairsSchema.columns.map((column) => column.name),
  )
  const key = orderKeyTable('pairs')
  const ids = new Set<string>()
  const used = new Uint8Array(manifest.tables.media.rows)
  try {
    for await (const group of table.groups()) {
      for (let i = 0; i < group.rows; i++) {
        const row = group.firstRow + i
        const where = `pairs row ${row}`
        const pair = pairAt(group.columns, i)
        key.row([pair.id])
        options.onProgress?.({ stage: 'checking pairs', done: row, total: pairs.rows, unit: 'pairs' })
        for (const issue of validatePair(pair, where)) log.add(issue)
        if (ids.has(pair.id)) error(log, 'MIMICIT_DUPLICATE_ID', where, 'another pair has the same id', pair.id)
        ids.add(pair.id)
        collected.add(pair.id, row)
        pair.media.forEach((mediaRow, k) => {
          const id = pair.mediaIds[k] ?? ''
          if (media.ids.get(id) !== mediaRow) {
            error(log, 'MIMICIT_DANGLING_MEDIA', where, `media row ${mediaRow} is not picture ${id}`, pair.id)
          } else used[mediaRow] = 1
        })
      }
    }
  } finally {
    await table.close()
  }
  for (const [id, row] of media.ids) {
    if (used[row] === 1) continue
    used[row] = 1
    warn(log, 'MIMICIT_ORPHAN_MEDIA', `media row ${row}`, 'no pair uses this picture', id)
  }
  await verifyIndexOf(check, 'pairs.ids', Buffer.concat([...collected.records()]))
  return key.finish(pairs.blocks)
}

/** The order key of the manifest against that of the tables. */
export function verifyOrderKey({ manifest, log }: Check, pairs: Uint8Array, media: Uint8Array): void {
  if (orderKey(pairs, media) !== manifest.orderKey) {
    error(log, 'MIMICIT_CORRUPT', MANIFEST, 'its order key is not that of the tables')
  }
}
