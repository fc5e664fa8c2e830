// ONNX models written by hand, byte by byte: protocol buffers of the few messages that a small graph needs (onnx.proto).

type Field = readonly [number: number, value: number | string | Uint8Array | Float32Array]

/** A message: varints, texts, packed floats and messages inside it. */
function message(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)])
      const bytes =
        typeof value === 'string'
          ? Buffer.from(value, 'utf8')
          : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      return Buffer.concat([varint(number * 8 + 2), varint(bytes.byteLength), bytes])
    }),
  )
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}

const FLOAT = 1
const INT64 = 7

/** An input or output; a size is a number, or a name where any size is taken. */
export interface OnnxValue {
  readonly name: string
  readonly type: 'float' | 'int64'
  readonly sizes: readonly (number | string)[]
}

/** A node; attributes are integers. */
export interface OnnxNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes?: Readonly<Record<string, number>>
}

/** A constant, float32 or int64. */
export interface OnnxConstant {
  readonly name: string
  readonly sizes: readonly number[]
  readonly values: Float32Array | BigInt64Array
}

/** The bytes of a model (IR version 8, operators of version 13). */
export function onnxModel(
  nodes: readonly OnnxNode[],
  constants: readonly OnnxConstant[],
  inputs: readonly OnnxValue[],
  outputs: readonly OnnxValue[],
): Uint8Array {
  const value = ({ name, type, sizes }: OnnxValue) => {
    const shape = message(sizes.map((size) => [1, message([[typeof size === 'number' ? 1 : 2, size]])]))
    const tensor = message([[1, type === 'float' ? FLOAT : INT64] as const, [2, shape] as const])
    return message([
      [1, name],
      [2, message([[1, tensor]])],
    ])
  }
  const node = ({ op, inputs: from, output, attributes = {} }: OnnxNode) =>
    message([
      ...from.map((name): Field => [1, name]),
      [2, output],
      [4, op],
      ...Object.entries(attributes).map(
        ([name, i]): Field => [
          5,
          message([
            [1, name],
            [3, i],
            [20, 2],
          ]),
        ],
      ),
    ])
  const constant = ({ name, sizes, values }: OnnxConstant) =>
    message([
      ...sizes.map((size): Field => [1, size]),
      [2, values instanceof Float32Array ? FLOAT : INT64],
      [8, name],
      [9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)],
    ])
  const graph = message([
    ...nodes.map((one): Field => [1, node(one)]),
    [2, 'graph'],
    ...constants.map((one): Field => [5, constant(one)]),
    ...inputs.map((one): Field => [11, value(one)]),
    ...outputs.map((one): Field => [12, value(one)]),
  ])
  return message([
    [1, 8],
    [2, 'mimicit tests'],
    [7, graph],
    [
      8,
      message([
        [1, ''],
        [2, 13],
      ]),
    ],
  ])
}
