// The Arrow form: every value comes back, pictures are ranges of the file, columns are read alone, and a file that lies
// never makes the reader read outside of it or allocate by what it claims.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMimicitError } from '../../../src/base/errors.js'
import { sha256 } from '../../../src/base/hash.js'
import { randomStream } from '../../../src/base/random.js'
import { loadZstd } from '../../../src/io/zstd.js'
import { openArrowShard } from '../../../src/shards/arrow/reader.js'
import { createArrowShard } from '../../../src/shards/arrow/writer.js'
import { forms } from '../../../src/shards/forms.js'
import type { ShardRecord } from '../../../src/shards/manifest.js'
import type { WrittenShard } from '../../../src/shards/shard.js'
import { contextSchema, mediaSchema, pairsSchema, type TableSchema } from '../../../src/shards/table-schema.js'
import { bytesFile } from '../../support/bytes-file.js'
import { faultOf } from '../../support/fault.js'
import { plain } from '../../support/table-rows.js'
import { tempDir } from '../../support/temp-dir.js'

const root = tempDir()
let made = 0

type Row = Readonly<Record<string, unknown>>
const columnsOf = (schema: TableSchema, rows: readonly Row[]) =>
  Object.fromEntries(schema.columns.map(({ name }) => [name, rows.map((row) => row[name])]))
const namesOf = (schema: TableSchema) => schema.columns.map((column) => column.name)
const recordOf = ({ rows, bytes, sha256: hash, rowGroups }: WrittenShard): ShardRecord => ({
  ...{ path: 'x.arrow', rows, bytes, sha256: hash },
  rowGroups: [...rowGroups],
})

/** Writes groups of rows as a shard. */
async function write(schema: TableSchema, groups: readonly (readonly Row[])[], form: keyof typeof forms = 'arrow') {
  const path = join(root, `${made++}.${form}`)
  const writer = await forms[form].createShard(path, schema)
  const spans = []
  for (const rows of groups) spans.push(...(await writer.writeRowGroup(rows.length, columnsOf(schema, rows))))
  const shard = await writer.finish()
  expect(writer.bytes).toBe(shard.bytes)
  return { path, bytes: readFileSync(path), shard, record: recordOf(shard), spans }
}

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('', '\uFEFFmarked', 'ä\u0000'))
const pairRow = fc.record({
  ...{ id: text, subset: text, language: text, instruction: text, response: text, media_kind: text },
  ...{ split: fc.option(text), metadata: fc.option(text) },
  ...{ media: fc.array(fc.nat(2 ** 31 - 1), { maxLength: 3 }), media_ids: fc.array(text, { maxLength: 3 }) },
  media_positions: fc.option(fc.array(fc.nat(), { maxLength: 2 })),
  media_times: fc.option(fc.array(fc.double(), { maxLength: 2 })),
})
const mediaRow = fc
  .record({ bytes: fc.uint8Array({ maxLength: 40 }), id: text, clip: fc.option(text), time: fc.option(fc.double()) })
  .map(({ bytes, id, clip, time }) => ({
    ...{ ids: [id], image: { bytes, path: `${id}.png` }, width: 3, height: -4, byte_length: bytes.byteLength },
    ...{ format: 'png', clip, frame_time: time, sha256: sha256(bytes) },
  }))
const contextRow = fc.record({
  ...{ query: fc.nat(), contexts: fc.array(fc.nat(), { maxLength: 5 }) },
  scores: fc.option(fc.array(fc.float(), { maxLength: 4 })),
})
const tables: readonly (readonly [TableSchema, fc.Arbitrary<Row>])[] = [
  [pairsSchema, pairRow],
  [mediaSchema, mediaRow],
  [contextSchema, contextRow],
]

describe.each(Object.keys(forms) as (keyof typeof forms)[])('%s', (form) => {
  test.each(tables)('gives back every value of a table of any rows', async (schema, row) => {
    const groups = fc.array(fc.array(row, { minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(groups, async (rows) => {
        const { bytes, record, spans } = await write(schema, rows, form)
        const reader = await forms[form].openShard(bytesFile(bytes), record)
        const back = []
        for (let group = 0; group < rows.length; group++) {
          const columns = await reader.readRowGroup(group, namesOf(schema))
          const count = rows[group]!.length
          for (let i = 0; i < count; i++)
            back.push(plain(Object.fromEntries(namesOf(schema).map((n) => [n, columns[n]![i]]))))
        }
        expect(back).toEqual(rows.flat().map(plain))
        if (schema !== mediaSchema) return
        const pictures = rows.flat().map((one) => (one.image as { bytes: Uint8Array }).bytes)
        const there = spans.map(({ offset, length }) => bytes.subarray(offset, offset + length))
        expect(there.map(plain)).toEqual(pictures.map(plain))
        // What rebuilds the indexes finds the same places.
        const chunks = await forms[form].pictureChunks(bytesFile(bytes), record)
        const found = chunks.flatMap((chunk, group) =>
          chunk.spans(rows[group]!.map((one) => one.byte_length as number)),
        )
        expect(found).toEqual(spans)
      }),
      { numRuns: 25 },
    )
  })

  test('same rows, same bytes; sums cover all but pictures', async () => {
    const rows = fc.sample(mediaRow, { numRuns: 20, seed: 7 })
    const [one, two] = [await write(mediaSchema, [rows], form), await write(mediaSchema, [rows], form)]
    expect(one.bytes.equals(two.bytes)).toBe(true)
    expect(one.shard.pieces).toEqual(two.shard.pieces)
    const [chunk] = await forms[form].pictureChunks(bytesFile(one.bytes), one.record)
    let at = 0
    for (const { offset, length, sha256: hash } of one.shard.pieces) {
      if (offset !== at) expect([at, offset - at]).toEqual([chunk!.chunk.offset, chunk!.chunk.length])
      expect(plain(sha256(one.bytes.subarray(offset, offset + length)))).toBe(plain(hash))
      at = offset + length
    }
    expect(at).toBe(one.bytes.byteLength)
  })
})

describe('the Arrow form', () => {
  const picture = (i: number) => new Uint8Array(100_000).fill(i)
  const mediaRows = Array.from({ length: 20 }, (_, i) => ({
    ...{ ids: [`p${i}`], image: { bytes: picture(i), path: `p${i}.png` }, width: i, height: 1, byte_length: 100_000 },
    ...{ format: 'png', clip: null, frame_time: null, sha256: sha256(picture(i)) },
  }))

  test('reads columns alone: facts of pictures without a byte of theirs', async () => {
    const { bytes, record, spans } = await write(mediaSchema, [mediaRows])
    const file = bytesFile(bytes)
    const reader = await openArrowShard(file, record)
    file.reads.length = 0
    const { ids, sha256: hashes } = await reader.readRowGroup(0, ['ids', 'sha256'])
    expect([ids, (hashes as Uint8Array[]).map(plain)]).toEqual([
      mediaRows.map((row) => row.ids),
      mediaRows.map((row) => plain(row.sha256)),
    ])
    const first = spans[0]!.offset
    // The message, and one run of buffers.
    expect(file.reads).toHaveLength(2)
    for (const [offset, length] of file.reads) expect(offset + length <= first).toBe(true)
  })

  test('text above one MiB, the most of a zstd frame, comes back', async () => {
    const long = 'in the picture, ä '.repeat(200_000)
    const row = { ...fc.sample(pairRow, { numRuns: 1, seed: 1 })[0], instruction: long }
    const { bytes, record } = await write(pairsSchema, [[row]])
    const reader = await openArrowShard(bytesFile(bytes), record)
    expect((await reader.readRowGroup(0, ['instruction'])).instruction![0] === long).toBe(true)
    expect(bytes.byteLength).toBeLessThan(long.length / 100)
  })
})

describe('a file that lies', () => {
  const sample = async (schema: TableSchema = contextSchema) => {
    const row = schema === contextSchema ? contextRow : mediaRow
    return write(schema, [fc.sample<Row>(row, { numRuns: 9, seed: 3 }), fc.sample<Row>(row, { numRuns: 5, seed: 4 })])
  }
  /** Reads everything; the file itself refuses reads outside of it with an error that is none of ours. */
  const readAll = async (schema: TableSchema, bytes: Uint8Array, record: ShardRecord) => {
    const reader = await openArrowShard(bytesFile(bytes), { ...record, bytes: bytes.byteLength })
    for (let group = 0; group < record.rowGroups.length; group++) await reader.readRowGroup(group, namesOf(schema))
    await forms.arrow.pictureChunks(bytesFile(bytes), record)
  }
  const refused = async (bytes: Uint8Array, record: ShardRecord, message: RegExp, schema = contextSchema) => {
    const fault = await faultOf(readAll(schema, bytes, record))
    expect(fault.code).toBe('MIMICIT_CORRUPT')
    expect(fault.message).toMatch(message)
  }
  /** Where the struct of a record batch stands in the footer: its offset is known. */
  const blockAt = (bytes: Buffer, offset: number) => {
    const wanted = Buffer.alloc(8)
    wanted.writeBigInt64LE(BigInt(offset))
    return bytes.lastIndexOf(wanted)
  }

  test('about the size of its footer', async () => {
    const { bytes, record } = await sample()
    for (const length of [0, -1, 2 ** 31 - 1, bytes.byteLength]) {
      const lying = Buffer.from(bytes)
      lying.writeInt32LE(length, bytes.byteLength - 10)
      await refused(lying, record, /a footer that cannot be read \(a footer of/)
    }
    await refused(bytes.subarray(0, 12), { ...record, bytes: 12 }, /too few bytes/)
    const other = Buffer.from(bytes)
    other[0] = 0
    await refused(other, record, /no magic/)
  })

  test('about places and lengths of record batches', async () => {
    const { bytes, record } = await sample()
    const at = blockAt(bytes, record.rowGroups[1]!.offset)
    expect(at).toBeGreaterThan(0)
    const lies: readonly ((lying: Buffer) => void)[] = [
      (lying) => lying.writeBigInt64LE(BigInt(bytes.byteLength), at),
      (lying) => lying.writeBigInt64LE(-8n, at),
      (lying) => lying.writeBigInt64LE(2n ** 62n, at),
      (lying) => lying.writeInt32LE(2 ** 31 - 1, at + 8),
      (lying) => lying.writeInt32LE(-1, at + 8),
      (lying) => lying.writeBigInt64LE(2n ** 40n, at + 16),
      (lying) => lying.writeBigInt64LE(-1n, at + 16),
    ]
    for (const lie of lies) {
      const lying = Buffer.from(bytes)
      lie(lying)
      await refused(lying, record, /a footer that cannot be read/)
    }
    // Inside the file, but not where the manifest has it.
    const moved = Buffer.from(bytes)
    moved.writeBigInt64LE(BigInt(record.rowGroups[0]!.offset), at)
    await refused(moved, record, /record batches/)
  })

  test('about the length of its metadata', async () => {
    const { bytes, record } = await sample()
    for (const length of [2 ** 31 - 1, -5, 1 << 20]) {
      const lying = Buffer.from(bytes)
      lying.writeInt32LE(length, record.rowGroups[0]!.offset + 4)
      await refused(lying, record, /a message of/)
    }
  })

  test('about the length of compressed text: refused before it is allocated', async () => {
    const { compress } = await loadZstd()
    const { bytes, record, shard } = await sample()
    expect(shard.rows).toBe(14)
    // The offsets of `contexts` are the first buffer that shrinks; its prefix stands before the frame.
    const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
    const frame = bytes.indexOf(magic)
    for (const length of [2n ** 62n, 2n ** 33n, 2n ** 31n, -2n, 0n]) {
      const lying = Buffer.from(bytes)
      lying.writeBigInt64LE(length, frame - 8)
      const before = process.memoryUsage().arrayBuffers
      await refused(lying, record, /where \d+ are needed/)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20)
    }
    expect(compress(new Uint8Array(4)).byteLength).toBeGreaterThan(4)
  })

  test.each([
    ['text', contextSchema],
    ['pictures', mediaSchema],
  ] as const)('anywhere in a table of %s: any bytes give values or MIMICIT_CORRUPT', async (name, schema) => {
    const { bytes, record } = await sample(schema)
    const random = randomStream(`lies ${name}`, 1)
    let found = 0
    for (let i = 0; i < 3000; i++) {
      const lying = Buffer.from(bytes)
      // Metadata stand at both ends of a batch and of the file; most lies go there.
      const groups = record.rowGroups.map(({ offset }) => offset)
      const near = [0, ...groups, bytes.byteLength - 900][random.below(groups.length + 2)]!
      for (let k = 0; k <= random.below(3); k++) {
        const at = Math.min(bytes.byteLength - 1, near + random.below(900))
        lying[at] = [0, 0xff, 0x7f, 0x80, random.below(256)][random.below(5)]!
      }
      try {
        await readAll(schema, lying, record)
      } catch (error) {
        if (!isMimicitError(error, 'MIMICIT_CORRUPT')) throw error
        found++
      }
    }
    expect(found).toBeGreaterThan(300)
  })
})

test('a column of 2 GiB or more is refused with what to do', async () => {
  const writer = await createArrowShard(join(root, 'large.arrow'), mediaSchema)
  const large = { byteLength: 2 ** 31, length: 2 ** 31 } as unknown as Uint8Array
  const row = { ...fc.sample(mediaRow, { numRuns: 1 })[0], image: { bytes: large, path: 'x' } }
  const fault = await faultOf(writer.writeRowGroup(1, columnsOf(mediaSchema, [row])))
  expect([fault.code, fault.parts.hint]).toEqual(['MIMICIT_BAD_VALUE', 'Keep this data set in the Parquet form.'])
  await writer.abort()
})
