// The picture column that we write ourselves, against the general writer: the same bytes, and the same entries in the
// footer, whatever the pictures are like.
import fc from 'fast-check'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { expect, test } from 'vitest'
import { parquetSchema } from '../../src/shards/parquet-schema.js'
import { PLAIN_PAGE_BYTES, plainChunkParts, planPlainChunk } from '../../src/shards/plain-chunk.js'

const imageOnly = { name: 'media', columns: [{ name: 'image', kind: 'image', nullable: false, raw: true }] } as const

interface Image {
  readonly bytes: Uint8Array
  readonly path: string
}

/** As hyparquet-writer writes a group of them behind `before` bytes. */
function general(images: readonly Image[]) {
  const buffer = new ByteWriter()
  const writer = new ParquetWriter({ writer: buffer, schema: parquetSchema(imageOnly) })
  const before = buffer.offset
  writer.write({
    columnData: [{ name: 'image', data: [...images], codec: 'UNCOMPRESSED', encoding: 'PLAIN', statistics: false }],
    rowGroupSize: images.length,
    pageSize: PLAIN_PAGE_BYTES,
  })
  return { bytes: Buffer.from(buffer.getBytes().slice(before)), before, indexes: writer.pendingIndexes }
}

/** Without what is there as undefined, which nobody writes. */
const written = (value: unknown) =>
  JSON.parse(JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner))) as unknown

const length = fc.oneof(
  fc.nat(64),
  fc.integer({ min: PLAIN_PAGE_BYTES - 70, max: PLAIN_PAGE_BYTES + 70 }),
  fc.nat(3 * PLAIN_PAGE_BYTES),
)
const image = fc.record({
  bytes: length.map((count) => new Uint8Array(count).fill(count & 0xff)),
  // Longer in UTF-8 than in UTF-16.
  path: fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constant('é'.repeat(3000))),
})

test('a chunk of pictures and one of their paths are those of the general writer', () => {
  fc.assert(
    fc.property(fc.array(image, { minLength: 1, maxLength: 40 }), (images) => {
      const theirs = general(images)
      const pictures = images.map(({ bytes }) => bytes)
      const paths = images.map(({ path }) => Buffer.from(path, 'utf8'))
      const lengths = (values: readonly Uint8Array[]) => values.map(({ byteLength }) => byteLength)
      const first = planPlainChunk(['image', 'bytes'], lengths(pictures), theirs.before)
      const behind = theirs.before + first.byteLength
      const second = planPlainChunk(['image', 'path'], lengths(paths), behind)
      const parts = (chunk: typeof first, values: readonly Uint8Array[]) =>
        Buffer.concat(Array.from(plainChunkParts(chunk, values), (part) => Buffer.from(part)))
      const ours = Buffer.concat([parts(first, pictures), parts(second, paths)])
      expect(Buffer.compare(ours, theirs.bytes)).toBe(0)
      expect(written([first.indexes, second.indexes])).toEqual(written(theirs.indexes))
      expect(first.pages.at(-1)!.end).toBe(behind)
    }),
  )
})
