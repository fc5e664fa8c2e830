// Weight files: round trips, both key schemes, and every way in which a file can be wrong.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createOtter } from '../../../src/otter/model.js'
import { presetConfig } from '../../../src/otter/presets.js'
import { loadWeights, stateDict } from '../../../src/otter/weights/load.js'
import {
  laterTensors,
  readSafeTensors,
  readSafeTensorsFile,
  type StateDict,
  type StateTensor,
  writeSafeTensors,
  writeSafeTensorsFile,
} from '../../../src/otter/weights/safetensors.js'
import { otterName } from '../../../src/otter/weights/schemes/flamingo.js'
import { readKeys } from '../../../src/otter/weights/schemes/index.js'
import { chooseBackend } from '../../../src/tensors/backend.js'
import type { Tf } from '../../../src/tensors/tf.js'
import { tempDir } from '../../support/temp-dir.js'
import { vocabulary } from '../../train/world.js'
import { goldenModel, llama } from '../golden.js'

const root = tempDir()
const badWeights = expect.objectContaining({ code: 'MIMICIT_BAD_WEIGHTS' })
const f32 = (shape: number[], values: number[]): StateTensor => ({ shape, values: Float32Array.from(values) })

/** A file with this header and these bytes of data. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const out = new Uint8Array(8 + json.length + data.length)
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true)
  out.set(json, 8)
  out.set(data, 8 + json.length)
  return out
}

describe('safetensors', () => {
  test('what is written is read, whatever it is, and equal content gives equal bytes', () => {
    const tensor = fc
      .array(fc.float({ noNaN: false }), { maxLength: 12 })
      .chain((values) =>
        fc.constantFrom<number[][]>([values.length], [1, values.length, 1]).map((shape) => f32(shape, values)),
      )
    fc.assert(
      fc.property(fc.dictionary(fc.string(), tensor, { maxKeys: 6 }), fc.boolean(), (named, turned) => {
        const entries = Object.entries(named).filter(([name]) => name !== '__metadata__')
        const bytes = writeSafeTensors(new Map(turned ? entries.toReversed() : entries), { a: 'b' })
        expect(bytes).toEqual(writeSafeTensors(new Map(entries), { a: 'b' }))
        // As a Buffer inside a larger one, which is how files arrive.
        const { tensors, metadata } = readSafeTensors(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3), 'f')
        expect(metadata).toEqual({ a: 'b' })
        expect(tensors).toEqual(new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1))))
      }),
      { numRuns: 60 },
    )
  })

  test('to and from the disk it goes tensor by tensor, with the same bytes', async () => {
    const tensors: StateDict = new Map([
      ['b', { shape: [2], values: Int32Array.of(-1, 7) }],
      ['a', f32([3, 1], [1, 2, 3])],
      ['empty', f32([0], [])],
    ])
    const path = join(root, 'some.safetensors')
    await writeSafeTensorsFile(path, laterTensors(tensors), { a: 'b' })
    const bytes = readFileSync(path)
    expect(bytes).toEqual(Buffer.from(writeSafeTensors(tensors, { a: 'b' })))
    expect(await readSafeTensorsFile(path)).toEqual(readSafeTensors(bytes, path))
    writeFileSync(path, bytes.subarray(0, bytes.length - 1))
    await expect(readSafeTensorsFile(path)).rejects.toThrow(badWeights)
    writeFileSync(path, bytes.subarray(0, 5))
    await expect(readSafeTensorsFile(path)).rejects.toThrow(badWeights)
    const fails = async () => Promise.reject(new Error('gone'))
    const broken = new Map([['a', { shape: [1], dtype: 'float32' as const, values: fails }]])
    await expect(writeSafeTensorsFile(join(root, 'broken.safetensors'), broken)).rejects.toThrow('gone')
  })

  test('a tensor with the name of a property of every object is written like any other', () => {
    const tensors = new Map([['__proto__', f32([1], [1])]])
    expect(readSafeTensors(writeSafeTensors(tensors), 'f').tensors).toEqual(tensors)
  })

  test('half floats are widened exactly', () => {
    const header = {
      h: { dtype: 'F16', shape: [5], data_offsets: [0, 10] },
      b: { dtype: 'BF16', shape: [2], data_offsets: [10, 14] },
    }
    const bits = Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x7c00, 0x3555, 0x3f80, 0xc049)
    const { tensors } = readSafeTensors(file(header, new Uint8Array(bits.buffer)), 'f')
    expect([...(tensors.get('h')?.values ?? [])]).toEqual([1, -2.5, 2 ** -24, Infinity, 0.333251953125])
    expect([...(tensors.get('b')?.values ?? [])]).toEqual([1, -3.140625])
  })

  const entry = (more: object) => ({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...more } })
  test.each([
    ['nothing', new Uint8Array(3)],
    ['a header longer than the file', Uint8Array.of(255, 255, 0, 0, 0, 0, 0, 0, 1)],
    ['a header of absurd length', new Uint8Array(16).fill(255)],
    ['no JSON', file('{"x":')],
    ['an array', file('[]')],
    ['an unknown type', file(entry({ dtype: 'F8' }), new Uint8Array(4))],
    ['a type from the prototype', file(entry({ dtype: 'toString' }), new Uint8Array(4))],
    ['a negative shape', file(entry({ shape: [-1] }), new Uint8Array(4))],
    ['a shape that overflows', file(entry({ shape: [2 ** 52, 2 ** 52] }), new Uint8Array(4))],
    ['offsets behind the end', file(entry({ data_offsets: [0, 8], shape: [2] }), new Uint8Array(4))],
    ['offsets the wrong way round', file(entry({ data_offsets: [4, 0] }), new Uint8Array(4))],
    ['a size that is not the shape', file(entry({ shape: [2] }), new Uint8Array(4))],
    ['bytes of nobody', file(entry({}), new Uint8Array(8))],
    ['bytes of two', file({ ...entry({}), y: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, new Uint8Array(4))],
  ])('refuses %s', (_, bytes) => {
    expect(() => readSafeTensors(bytes, 'bad.safetensors')).toThrow(badWeights)
    expect(() => readSafeTensors(bytes, 'bad.safetensors')).toThrow(/bad\.safetensors/)
  })
})

describe('weights of a model', () => {
  let tf: Tf
  beforeAll(async () => {
    tf = (await chooseBackend('wasm')).tf
  })

  /** OpenFlamingo keys in Otter's scheme. */
  const otterKey = (key: string) =>
    key
      .replace(/^perceiver\.layers\.(\d+)\.0\./, 'perceiver.layers.$1.')
      .replace(/^perceiver\.layers\.(\d+)\.1\./, 'perceiver.layers.$1.feed_forward.')
      .replace('.gated_cross_attn_layer.ff.', '.gated_cross_attn_layer.feed_forward.')

  test('come out as they went in', async () => {
    const model = goldenModel(tf)
    const weights = llama.weights
    const out = await stateDict(model)
    expect([...out.keys()].sort()).toEqual([...weights.keys()].sort())
    for (const [name, tensor] of weights) expect(out.get(name)).toEqual(tensor)
    model.dispose()
  })

  test("Otter's scheme, a module prefix, copies and buffers are understood", () => {
    const model = goldenModel(tf)
    const weights: Map<string, StateTensor> = new Map(
      [...llama.weights].map(([key, tensor]) => [`module.${otterKey(key)}`, tensor]),
    )
    const keys = [...weights.keys()]
    expect(keys.filter((key) => key.includes('feed_forward')).length).toBe(2 * 4 + 2 * 4)
    weights.set('lang_encoder.old_decoder_blocks.0.mlp.up_proj.weight', f32([1], [0]))
    weights.set('lang_encoder.model.layers.0.decoder_layer.self_attn.rotary_emb.inv_freq', f32([1], [0]))
    expect(loadWeights(model, weights)).toEqual({ missing: [], surplus: [], misshaped: [], resized: [] })
    expect(readKeys(weights)).toMatchObject({ scheme: 'otter', unknown: [], twice: [] })
    for (const key of llama.weights.keys()) expect(otterName(key)).toBe(otterKey(key))
    model.dispose()
  })

  test('missing, surplus and mis-shaped tensors are named, and then nothing is changed', async () => {
    const model = createOtter({ tf, config: presetConfig('tiny', vocabulary) })
    const before = await stateDict(model)
    const weights = new Map<string, StateTensor>(
      [...before].map(([name, { shape, values }]) => [name, { shape, values: values.map((v) => v + 1) }]),
    )
    weights.delete('perceiver.norm.weight')
    weights.set('perceiver.latents', f32([2], [1, 2]))
    weights.set('perceiver.strange', f32([1], [1]))
    expect(() => loadWeights(model, weights, { where: 'w.safetensors' })).toThrow(
      expect.objectContaining({
        code: 'MIMICIT_BAD_WEIGHTS',
        message: expect.stringMatching(
          /w\.safetensors.*perceiver\.norm\.weight.*perceiver\.strange.*perceiver\.latents \[2\]/,
        ),
      }),
    )
    const same = async (a: StateDict) => expect(await stateDict(model)).toEqual(a)
    await same(before)
    const part: StateDict = new Map([['perceiver.norm.weight', f32([64], Array(64).fill(2))]])
    expect(() => loadWeights(model, part)).toThrow(badWeights)
    expect(loadWeights(model, part, { require: 'some' }).missing).toHaveLength(model.parameters.size - 1)
    expect((await stateDict(model, ['perceiver.norm.weight'])).get('perceiver.norm.weight')?.values[0]).toBe(2)
    model.dispose()
  })
})
