// What the columns of an Arrow file look like, from the schema in its footer: the kinds of values that the format has and
// no others, each with the nodes and buffers that it takes in a record batch.
import type { FlatTable } from './flat-table.js'

/** The form of a column. */
export type Shape =
  | { readonly kind: 'int32' | 'float32' | 'float64' | 'string' | 'bytes' }
  | { readonly kind: 'list'; readonly element: Shape }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }

/** A column, or a field of a struct. */
export interface Field {
  readonly name: string
  readonly shape: Shape
}

/** Numbers of the union `Type` in Schema.fbs. */
export const TYPE = { int: 2, float: 3, binary: 4, utf8: 5, list: 12, struct: 13, fixedSizeList: 16 } as const

const MOST_DEPTH = 3

/** The columns of a schema. @throws RangeError for kinds that the format does not have */
export function shapesOf(schema: FlatTable): Field[] {
  if (schema.int16(0, 0) !== 0) throw new RangeError('big-endian numbers')
  return schema.tables(1).map((field) => fieldOf(field, 0))
}

function fieldOf(field: FlatTable, depth: number): Field {
  const name = field.text(0)
  if (depth > MOST_DEPTH) throw new RangeError(`column ${name} is too deep`)
  if (field.table(4) !== undefined) throw new RangeError(`column ${name} has a dictionary`)
  const type = field.table(3)
  const children = () => field.tables(5).map((child) => fieldOf(child, depth + 1))
  const number = field.int8(2, 0)
  if (number === TYPE.utf8) return { name, shape: { kind: 'string' } }
  if (number === TYPE.binary) return { name, shape: { kind: 'bytes' } }
  if (number === TYPE.int && type?.int32(0, 0) === 32 && type.int8(1, 0) === 1)
    return { name, shape: { kind: 'int32' } }
  if (number === TYPE.float && type?.int16(0, 0) === 1) return { name, shape: { kind: 'float32' } }
  if (number === TYPE.float && type?.int16(0, 0) === 2) return { name, shape: { kind: 'float64' } }
  if (number === TYPE.struct) return { name, shape: { kind: 'struct', fields: children() } }
  const [element, ...more] = number === TYPE.list ? children() : []
  if (element === undefined || more.length > 0) throw new RangeError(`column ${name} has a type of number ${number}`)
  return { name, shape: { kind: 'list', element: element.shape } }
}

/** How many nodes and buffers a column takes (Arrow columnar format, "Recordbatch message"). */
export function sizeOf(shape: Shape): { readonly nodes: number; readonly buffers: number } {
  switch (shape.kind) {
    case 'int32':
    case 'float32':
    case 'float64':
      return { nodes: 1, buffers: 2 }
    case 'string':
    case 'bytes':
      return { nodes: 1, buffers: 3 }
    case 'list': {
      const { nodes, buffers } = sizeOf(shape.element)
      return { nodes: nodes + 1, buffers: buffers + 2 }
    }
    case 'struct':
      return shape.fields
        .map((field) => sizeOf(field.shape))
        .reduce((sum, size) => ({ nodes: sum.nodes + size.nodes, buffers: sum.buffers + size.buffers }), {
          nodes: 1,
          buffers: 1,
        })
    default:
      return shape satisfies never
  }
}
