// The media table: every picture against its hash and length, every id once, and the entry of each picture in
// index/media.loc.
import { sha256 } from '../../base/hash.js'
import { mapInOrder } from '../../base/map-in-order.js'
import { decodeWithSharp } from '../../vision/decode.js'
import { transforms } from '../../vision/transforms.js'
import { collectIds } from '../ids-index.js'
import { orderKeyTable } from '../order-key.js'
import { MEDIA_FACT_COLUMNS, mediaFactsAt } from '../rows.js'
import { openStoredTable } from '../stored-table.js'
import { attempt, type Check, error, warn } from './check.js'
import { verifyIndexOf } from './indexes.js'
import { openLocationCheck } from './locations.js'

/** What the pairs need to know of the pictures. */
export interface VerifiedMedia {
  /** The table's part of the order key. */
  readonly key: Uint8Array
  /** The media row of every id. */
  readonly ids: ReadonlyMap<string, number>
}

/** Pictures decoded at once when a verification is deep. */
const DECODES = 4

/** Checks the media table and its index; `deep` also decodes every picture. */
export async function verifyMedia(check: Check): Promise<VerifiedMedia> {
  const { store, manifest, log, options } = check
  const { media } = manifest.tables
  const key = orderKeyTable('media')
  const ids = new Map<string, number>()
  const contents = new Map<string, number>()
  const collected = collectIds()
  const locations = await openLocationCheck(check)
  const table = openStoredTable(store, manifest, 'media', [...MEDIA_FACT_COLUMNS, 'image'])
  try {
    for await (const group of table.groups()) {
      const images = group.columns.image as readonly { readonly bytes: Uint8Array }[]
      const decoded = mapInOrder(images.keys(), DECODES, async (at) => {
        const where = `media row ${group.firstRow + at}`
        if (options.deep === true)
          await attempt(log, where, () => decodeWithSharp(images[at]!.bytes, 32, transforms.squash, where))
        return at
      })
      for await (const at of decoded) {
        const row = group.firstRow + at
        const where = `media row ${row}`
        const facts = mediaFactsAt(group.columns, at)
        const { bytes } = images[at]!
        options.onProgress?.({ stage: 'checking pictures', done: row, total: media.rows, unit: 'pictures' })
        key.row(facts.ids)
        if (facts.ids.length === 0) error(log, 'MIMICIT_BAD_RECORD', where, 'it has no id')
        for (const id of facts.ids) {
          if (ids.has(id)) error(log, 'MIMICIT_DUPLICATE_ID', where, `row ${ids.get(id)} has the same id`, id)
          ids.set(id, row)
          collected.add(id, row)
        }
        const hash = sha256(bytes)
        if (Buffer.compare(hash, facts.sha256) !== 0 || bytes.byteLength !== facts.byteLength) {
          error(log, 'MIMICIT_CORRUPT', where, 'its bytes are not those of its hash and length', facts.ids[0])
        }
        const content = Buffer.from(hash).toString('latin1')
        const twin = contents.get(content)
        if (twin === undefined) contents.set(content, row)
        else warn(log, 'MIMICIT_DUPLICATE_MEDIA', where, `row ${twin} holds the same picture`, facts.ids[0])
        await locations.row(row, bytes, hash)
      }
    }
  } finally {
    await table.close()
    await locations.close()
  }
  await verifyIndexOf(check, 'media.ids', Buffer.concat([...collected.records()]))
  return { key: key.finish(media.blocks), ids }
}
