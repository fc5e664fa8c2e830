// A value of a Thrift struct is found where it stands, whatever stands in front of it, by the walk that checks it and by the one
// that only looks for it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { thriftEnd, thriftList } from '../../src/shards/thrift-bounds.js'
import { thriftPlace } from '../../src/shards/thrift-place.js'
import { type Field, type Node, writeTree } from '../support/thrift-tree.js'

const [TRUE, BYTE, I32, I64, DOUBLE, BINARY, LIST, STRUCT] = [1, 3, 5, 6, 7, 8, 9, 12]
const bytes = (most: number, least = 0) =>
  fc.uint8Array({ minLength: least, maxLength: most }).map((value) => Buffer.from(value))

const { node: anyStruct } = fc.letrec<{ value: Node; node: Node }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(TRUE, 2).map((type) => ({ type, value: Buffer.alloc(0) })),
    bytes(1, 1).map((value) => ({ type: BYTE, value })),
    fc.bigInt(0n, 2n ** 32n - 1n).map((value) => ({ type: I32, value })),
    fc.bigInt(0n, 2n ** 64n - 1n).map((value) => ({ type: I64, value })),
    bytes(8, 8).map((value) => ({ type: DOUBLE, value })),
    bytes(200).map((value) => ({ type: BINARY, value })),
    fc
      .tuple(
        fc.nat(20),
        fc.oneof(
          tie('node'),
          bytes(9).map((value): Node => ({ type: BINARY, value })),
        ),
      )
      .map(([size, one]) => ({ type: LIST, of: one.type, value: new Array<Node>(size).fill(one) })),
    tie('node'),
  ),
  node: fc.array(fc.tuple(fc.integer({ min: 1, max: 15 }), tie('value')), { maxLength: 6 }).map((fields): Node => {
    let id = 0
    const placed = fields.map(([step, node]): Field => {
      id += step
      return { id, node }
    })
    return { type: STRUCT, value: placed }
  }),
}))

/** Every value below a struct, with the way to it. */
function* valuesOf(node: Node, path: readonly number[] = []): Generator<readonly [readonly number[], Node]> {
  if (path.length > 0) yield [path, node]
  if (node.type === STRUCT)
    for (const { id, node: inner } of node.value as Field[]) yield* valuesOf(inner, [...path, id])
  if (node.type === LIST)
    for (const [i, inner] of (node.value as Node[]).entries()) yield* valuesOf(inner, [...path, i])
}

/** A value as it stands behind what tells its type. */
const written = (node: Node) => writeTree({ type: STRUCT, value: [{ id: 1, node }] }).subarray(1, -1)

test('each value has its place', () => {
  fc.assert(
    fc.property(anyStruct, bytes(20), (tree, before) => {
      const struct = writeTree(tree)
      const all = Buffer.concat([before, struct, Buffer.alloc(3, 0xff)])
      const bounds = { depth: 40, structs: 1e6 }
      expect(thriftEnd(all, before.byteLength, bounds)).toBe(before.byteLength + struct.byteLength)
      for (const [path, node] of valuesOf(tree)) {
        const place = thriftPlace(all, before.byteLength, path)
        const own = written(node)
        expect(all.subarray(place, place! + own.byteLength)).toEqual(own)
        if (path.length > 1 || node.type !== LIST) continue
        const { at, places } = thriftList(struct, path[0]!, bounds)
        expect(at).toBe(place! - before.byteLength)
        expect(places.length).toBe((node.value as Node[]).length + 1)
        for (const [i, one] of (node.value as Node[]).entries()) {
          expect(struct.subarray(places[i], places[i + 1])).toEqual(written(one))
        }
      }
      expect(thriftPlace(all, before.byteLength, [91])).toBeUndefined()
      expect(thriftPlace(all, before.byteLength, [1, 99, 1])).toBeUndefined()
      expect(() => thriftList(struct, 91, bounds)).toThrow('without the list 91')
    }),
  )
})
