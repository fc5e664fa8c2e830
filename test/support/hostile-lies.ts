// Lies about a data set, drawn at random: numbers, lists, nesting and sizes of footers, page headers, pages, indexes and
// manifests, set to what hurts most; and everything that a data set gives, read and looked at.
import { isMimicitError } from '../../src/base/errors.js'
import type { RandomStream } from '../../src/base/random.js'
import { openDataset } from '../../src/shards/dataset.js'
import { forms } from '../../src/shards/forms.js'
import { blockBytesOf } from '../../src/shards/index-file.js'
import type { Manifest } from '../../src/shards/manifest.js'
import {
  changeValues,
  chunkOf,
  closeShard,
  type Files,
  fitIndex,
  fitManifest,
  type Loose,
  manifestOf,
  memoryStore,
  openShardOf,
  pagesOf,
  refit,
  replacePage,
  setNumber,
} from './hostile.js'
import { copyOf, type Field, type Node, nodesOf, varint, zigzag } from './thrift-tree.js'

const NUMBERS = [
  0n,
  1n,
  -1n,
  7n,
  255n,
  65536n,
  2n ** 20n,
  2n ** 24n,
  2n ** 28n,
  2n ** 31n - 1n,
  -(2n ** 31n),
  2n ** 31n,
]
const LARGE = [2n ** 32n - 1n, 2n ** 32n, 2n ** 40n, 2n ** 53n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)]

const pick = <T>(random: RandomStream, from: readonly T[]): T => from[random.below(from.length)]!
const extreme = (random: RandomStream) => pick(random, random.below(3) === 0 ? LARGE : NUMBERS)

/** Changes one node of a tree. */
function lie(random: RandomStream, tree: Node): void {
  const nodes = nodesOf(tree)
  const numbers = nodes.filter(({ value }) => typeof value === 'bigint')
  const lists = nodes.filter(({ type }) => type === 9)
  const texts = nodes.filter(({ type }) => type === 8)
  const structs = nodes.filter(({ type }) => type === 12)
  switch (random.below(9)) {
    case 0:
      if (lists.length > 0) pick(random, lists).claim = BigInt.asUintN(64, extreme(random))
      return
    case 1:
      if (texts.length > 0) pick(random, texts).claim = BigInt.asUintN(64, extreme(random))
      return
    case 2: {
      if (lists.length === 0) return
      const list = pick(random, lists).value as Node[]
      if (random.below(2) === 0) list.splice(random.below(list.length + 1), 1 + random.below(3))
      else if (list[0] !== undefined) list.push(...Array.from({ length: 1 + random.below(200) }, () => list[0]!))
      return
    }
    case 3: {
      const fields = pick(random, structs).value as Field[]
      if (fields.length === 0) return
      if (random.below(2) === 0) fields.splice(random.below(fields.length), 1)
      else pick(random, fields).node = copyOf(pick(random, nodes))
      return
    }
    case 4: {
      // Lists of one list each, down as far as the stack goes.
      const fields = pick(random, structs).value as Field[]
      fields.push({ id: (fields.at(-1)?.id ?? 0) + 1, node: { type: 8, value: Buffer.alloc(60_000, 0x19), claim: 0n } })
      return
    }
    default: {
      const found = pick(random, numbers)
      if (found !== undefined) found.value = zigzag(BigInt.asIntN(64, extreme(random)))
    }
  }
}

/** Sound files with one lie or two, every hash fitted; says which. */
export async function lyingFiles(random: RandomStream, sound: Files): Promise<{ files: Files; what: string }> {
  const files: Files = new Map(sound)
  const manifest = manifestOf(files)
  const tables = [manifest.tables.pairs, manifest.tables.media, ...Object.values(manifest.contexts)]
  const record = pick(random, pick(random, tables).shards)
  const kind = pick(random, ['footer', 'footer', 'header', 'header', 'values', 'bytes', 'manifest', 'index'] as const)
  if (kind === 'manifest') {
    lieInJson(random, manifest)
    fitManifest(files, manifest)
    return { files, what: kind }
  }
  if (kind === 'index') {
    const name = pick(random, Object.keys(manifest.indexes))
    lieInIndex(random, files, manifest, name)
    return { files, what: `${kind} ${name}` }
  }
  if (kind === 'bytes') {
    const bytes = Buffer.from(files.get(record.path)!)
    for (let i = 0; i <= random.below(4); i++)
      bytes[random.below(bytes.byteLength)] = pick(random, [0, 0x7f, 0x80, 0xff])
    files.set(record.path, bytes)
    refit(files, manifest)
    return { files, what: `${kind} ${record.path}` }
  }
  const shard = openShardOf(files, record)
  for (let i = 0; i <= random.below(2); i++) {
    const page = pick(random, pagesOf(shard))
    if (kind === 'footer') {
      lie(random, shard.footer)
      break
    }
    const meta = chunkOf(shard.footer, page.group, page.column)
    if (kind === 'header') {
      const header = copyOf(page.header)
      lie(random, header)
      replacePage(shard, page, header, shard.body.subarray(page.body, page.end))
      // As consistent as a liar would be.
      if (random.below(2) === 0) setNumber(meta, pick(random, [2n ** 27n, 2n ** 31n, 2n ** 40n]), 6)
      if (random.below(4) === 0) setNumber(meta, extreme(random), 5)
      break
    }
    if (manifest.profile === 'compat' || page.end - page.body > 4000) break
    const change = (values: Buffer) => {
      const changed = Buffer.concat([values, varint(BigInt.asUintN(35, extreme(random)))])
      for (let k = 0; k <= random.below(3); k++) {
        const offset = random.below(Math.min(8, changed.byteLength))
        changed[offset] = pick(random, [0, 1, 2, 3, 0x7f, 0x80, 0xff, random.below(256)])
      }
      return changed
    }
    // Pictures are not compressed.
    await changeValues(shard, page, change).catch((error) => {
      if (!isMimicitError(error)) throw error
    })
  }
  closeShard(files, shard, random.below(12) === 0 ? Number(BigInt.asUintN(32, extreme(random))) : undefined)
  refit(files, manifest)
  return { files, what: `${kind} ${record.path}` }
}

function lieInJson(random: RandomStream, manifest: object): void {
  const places: [Record<string, unknown>, string][] = []
  const walk = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key])
      walk((value as Record<string, unknown>)[key])
    }
  }
  walk(manifest)
  for (let i = 0; i <= random.below(3); i++) {
    const [holder, key] = pick(random, places)
    const old = holder[key]
    if (typeof old === 'number') holder[key] = Number(extreme(random))
    else if (typeof old === 'string')
      holder[key] = pick(random, ['../x', '/etc/passwd', 'pairs/00000.parquet', 'manifest.json', ''])
    else if (Array.isArray(old)) holder[key] = pick(random, [[...old, ...old], [], old.slice(1)])
    else delete holder[key]
  }
}

function lieInIndex(random: RandomStream, files: Files, manifest: Loose<Manifest>, name: string): void {
  const { path, records, recordBytes } = manifest.indexes[name]!
  const bytes = Buffer.from(files.get(path)!.subarray(0, records * recordBytes))
  for (let i = 0; i <= random.below(4); i++) {
    const at =
      random.below(records) * recordBytes +
      pick(
        random,
        [0, 4, 8, 12].filter((each) => each < recordBytes),
      )
    if (random.below(2) === 0) bytes.writeUInt32LE(Number(BigInt.asUintN(32, extreme(random))), at)
    else if (at + 8 <= bytes.byteLength) bytes.writeBigUInt64LE(BigInt.asUintN(64, extreme(random)), at)
  }
  // One hash all over.
  if (name.endsWith('.ids') && random.below(3) === 0) {
    for (let at = recordBytes; at < bytes.byteLength; at += recordBytes) bytes.copyWithin(at, 0, 8)
  }
  fitIndex(files, manifest, name, recordBytes, bytes)
  if (random.below(3) === 0) {
    const record = manifest.indexes[name]!
    record[pick(random, ['records', 'recordBytes', 'bytes'] as const)] = Number(extreme(random))
    if (record.recordBytes > 0) blockBytesOf(record.recordBytes)
  }
  fitManifest(files, manifest)
}

/**
 * Reads all that a data set gives. What is wrong has to be a MimicitError; what comes has to have its shape.
 * @returns codes of what was refused
 */
export async function readEverything(files: Files): Promise<string[]> {
  const { store, outside } = memoryStore(files)
  const codes: string[] = []
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      if (!isMimicitError(error)) throw error
      codes.push(error.code)
    }
  }
  const need = (isRight: boolean, what: string) => {
    if (!isRight) throw new Error(`${what} of another shape`)
  }
  await attempt(async () => {
    const dataset = await openDataset(store)
    const { manifest } = dataset
    await attempt(async () => {
      for await (const [, pair] of dataset.pairs()) {
        const texts = [pair.id, pair.subset, pair.language, pair.instruction, pair.response, pair.mediaKind]
        const lists = [pair.media, pair.mediaPositions ?? [], pair.mediaTimes ?? []]
        need(texts.every((text) => typeof text === 'string') && Array.isArray(pair.mediaIds), 'a pair')
        need(
          pair.mediaIds.every((text) => typeof text === 'string'),
          'ids of a pair',
        )
        need(
          lists.flatMap((list) => [...list]).every((number) => typeof number === 'number'),
          'a list of a pair',
        )
      }
    })
    await attempt(async () => {
      for await (const [, bytes] of dataset.pictures()) need(bytes instanceof Uint8Array, 'a picture')
    })
    for (let row = 0; row < Math.min(20, manifest.tables.media.rows); row++) {
      await attempt(async () => need((await dataset.picture(row)) instanceof Uint8Array, 'a picture'))
      await attempt(async () => {
        const { ids, width, format, sha256 } = await dataset.media(row)
        need(ids.every((id) => typeof id === 'string') && Number.isInteger(width), 'a picture row')
        need(typeof format === 'string' && sha256 instanceof Uint8Array, 'a picture row')
      })
    }
    await attempt(async () => {
      for await (const { columns } of dataset.columns('media', ['image'])) {
        const images = columns.image as readonly { bytes: unknown; path: unknown }[]
        need(
          images.every((one) => one.bytes instanceof Uint8Array && typeof one.path === 'string'),
          'an image',
        )
      }
    })
    for (const id of ['P_1', 'nobody']) await attempt(async () => void (await dataset.pairById(id)))
    for (const id of ['I_0', 'I_3']) await attempt(async () => void (await dataset.pictureById(id)))
    for (const name of Object.keys(manifest.contexts)) {
      await attempt(async () => {
        const table = await dataset.context(name)
        for (const query of table.queries) {
          const { contexts, scores } = (await table.get(query))!
          need(
            [...contexts, ...(scores ?? [])].every((number) => typeof number === 'number'),
            'a context row',
          )
        }
      })
    }
    for (const shard of manifest.tables.media.shards) {
      await attempt(async () => {
        const chunks = await forms[manifest.form].pictureChunks(await store.open(shard.path), shard)
        for (const { rows, spans } of chunks) spans(new Array(rows).fill(60))
      })
    }
    await dataset.close()
  })
  if (outside.length > 0) throw new Error(`reads outside of files: ${outside.join('; ')}`)
  return codes
}
