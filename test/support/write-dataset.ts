// Small data sets made row by row, for tests that need pairs and contexts of their own.
import { createHash } from 'node:crypto'
import { createDataset } from '../../src/shards/dataset-writer.js'
import type { MixtureRecord } from '../../src/shards/manifest.js'
import type { ContextRow, Pair } from '../../src/tuple/tuple.js'

/** A picture: its ids, its content as a number or as the bytes of a PNG, its clip. */
export interface PictureSpec {
  readonly ids: readonly string[]
  readonly content: number
  readonly bytes?: Uint8Array
  readonly clip?: string
}

/** A pair: its id, its pictures by id, and whatever else matters. */
export interface PairSpec extends Partial<Omit<Pair, 'id' | 'media'>> {
  readonly id: string
  readonly pictures?: readonly string[]
}

/** What goes into a data set. */
export interface DatasetSpec {
  readonly media?: readonly PictureSpec[]
  readonly pairs: readonly PairSpec[]
  readonly contexts?: Readonly<Record<string, readonly ContextRow[]>>
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly mixture?: readonly MixtureRecord[]
}

/** Bytes of a made-up picture; nothing decodes them. */
export const pictureBytes = (content: number): Uint8Array => Buffer.alloc(40 + (content % 50), `picture ${content} `)

/** Writes a data set. */
export async function writeDataset(
  out: string,
  { media = [], pairs, contexts = {}, parameters = {}, mixture }: DatasetSpec,
) {
  const writer = await createDataset(out)
  const rowOf = new Map(media.flatMap(({ ids }, row) => ids.map((id) => [id, row] as const)))
  for (const { ids, content, clip, bytes = pictureBytes(content) } of media) {
    const sha256 = createHash('sha256').update(bytes).digest()
    const facts = { ids, bytes, sha256, width: 2, height: 2, format: 'png' }
    await writer.addMedia({ ...facts, clip: clip ?? null, frameTime: clip === undefined ? null : content })
  }
  for (const { id, pictures = [], ...changes } of pairs) {
    await writer.addPair({
      id,
      subset: 'T',
      split: null,
      language: 'en',
      instruction: `What is ${id}?`,
      response: `It is ${id}.`,
      mediaKind: pictures.length === 0 ? 'none' : 'images',
      media: pictures.map((picture) => rowOf.get(picture)!),
      mediaIds: pictures,
      mediaPositions: null,
      mediaTimes: null,
      metadata: null,
      ...changes,
    })
  }
  for (const [name, rows] of Object.entries(contexts)) {
    const table = await writer.context(name, { name: 'stored', parameters })
    for (const row of rows) await table.add(row)
  }
  return writer.finish({}, mixture)
}
