// The pictures of a data set in runs that one read brings, without the library: the media shards that the manifest names,
// and index/media.loc.
// @ts-check
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ shard: number, offset: number, length: number }} Place */

/**
 * @param {string} dir
 * @returns {{ path: string, bytes: number }[]}
 */
export function shardsOf(dir) {
  const { tables } = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'))
  return tables.media.shards.map((/** @type {{ path: string, bytes: number }} */ { path, bytes }) => ({
    path: join(dir, path),
    bytes,
  }))
}

/**
 * @param {string} dir
 * @returns {Place[]}
 */
export function placesOf(dir) {
  const { indexes, tables } = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'))
  const bytes = readFileSync(join(dir, indexes['media.loc'].path))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: tables.media.rows }, (_, row) => ({
    shard: view.getUint32(row * 24, true),
    offset: Number(view.getBigUint64(row * 24 + 4, true)),
    length: view.getUint32(row * 24 + 12, true),
  }))
}

/**
 * @param {string} dir
 * @param {number} runBytes
 * @returns {{ shard: number, offset: number, bytes: number, places: Place[] }[]}
 */
export function runsOf(dir, runBytes) {
  /** @type {ReturnType<typeof runsOf>} */
  const runs = []
  for (const place of placesOf(dir)) {
    const run = runs.at(-1)
    const end = place.offset + place.length
    if (run?.shard === place.shard && end - run.offset <= runBytes) {
      run.places.push(place)
      run.bytes = end - run.offset
    } else {
      runs.push({ shard: place.shard, offset: place.offset, bytes: place.length, places: [place] })
    }
  }
  return runs
}
