// Weights written: converted from any form and scheme, saved from a model, and read again.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { readGoldenFolder } from '../../../parity/folder.js'
import { parseOtterConfig } from '../../../src/otter/config.js'
import { createOtter, type Otter } from '../../../src/otter/model.js'
import { convertWeights } from '../../../src/otter/weights/convert.js'
import { describeWeights } from '../../../src/otter/weights/describe.js'
import { narrow, type WritableDType, widenInto } from '../../../src/otter/weights/dtypes.js'
import { loadWeightFiles, stateDict } from '../../../src/otter/weights/load.js'
import { openWeights } from '../../../src/otter/weights/open-weights.js'
import { readSafeTensors, writeSafeTensors } from '../../../src/otter/weights/safetensors.js'
import { saveWeights } from '../../../src/otter/weights/save.js'
import { otterName } from '../../../src/otter/weights/schemes/flamingo.js'
import { bytesOf, planFiles } from '../../../src/otter/weights/write-plan.js'
import { writeWeights } from '../../../src/otter/weights/write-weights.js'
import { chooseBackend } from '../../../src/tensors/backend.js'
import type { Tf } from '../../../src/tensors/tf.js'
import { tempDir } from '../../support/temp-dir.js'
import { goldenFolder, goldenModel, llama } from '../golden.js'

const root = tempDir()
const checkpoint = (name: string) => join(goldenFolder('checkpoints'), name)
const model = join(goldenFolder('llama'), 'model.safetensors')
const out = (name: string) => join(root, name)
const code = (name: string, message: RegExp) =>
  expect.objectContaining({ code: name, message: expect.stringMatching(message) })

async function readAll(path: string): Promise<Map<string, Float32Array>> {
  const weights = await openWeights(path)
  const tensors = new Map<string, Float32Array>()
  for (const name of weights.tensors.keys()) tensors.set(name, await weights.read(name))
  await weights.close()
  return tensors
}

/** Fails with the first name whose values differ: comparing large arrays entry by entry would take seconds. */
function expectSame(actual: ReadonlyMap<string, Float32Array>, expected: ReadonlyMap<string, ArrayLike<number>>): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort())
  const bytes = (values: ArrayLike<number> | undefined) => Buffer.from(Float32Array.from(values ?? []).buffer)
  for (const [name, values] of actual) expect(bytes(values).equals(bytes(expected.get(name))), name).toBe(true)
}

/** Golden values by name: those of some names, as they are or otherwise. */
const golden = (names: Iterable<string>, change = (values: Float32Array) => values) =>
  new Map([...names].map((name) => [name, change(llama.weights.get(name)?.values as Float32Array)]))

/** Values as they are after a stay in another type. */
function rounded(values: Float32Array, dtype: WritableDType): Float32Array {
  const back = new Float32Array(values.length)
  widenInto(back, dtype, narrow(values, dtype, 'x'))
  return back
}

describe('converted', () => {
  test.each(['final_weights.pt', 'checkpoint.pt'])('%s in either scheme holds the same values', async (name) => {
    const ours = out(`${name}.safetensors`)
    const result = await convertWeights([checkpoint(name)], ours)
    const bytes = readFileSync(ours)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    expect(result).toMatchObject({ files: [{ path: ours, bytes: bytes.length, sha256 }], aside: [], replaced: [] })
    const tensors = await readAll(ours)
    expectSame(tensors, golden(tensors.keys()))
    const theirs = out(`${name}.otter.safetensors`)
    await convertWeights([ours], theirs, { scheme: 'otter' })
    expectSame(await readAll(theirs), new Map([...tensors].map(([key, values]) => [otterName(key), values])))
    const back = out(`${name}.back.safetensors`)
    await convertWeights([theirs], back)
    expect(readFileSync(back).equals(readFileSync(ours))).toBe(true)
  })

  test('the published forms keep their types, or take one', async () => {
    const same = out('same')
    await convertWeights([checkpoint('.')], same)
    expect(readdirSync(same)).toEqual(['model.safetensors'])
    const [before, after] = [await openWeights(checkpoint('.')), await openWeights(same)]
    const types = (weights: typeof before) => describeWeights(weights).parts.map(({ part, dtypes }) => [part, dtypes])
    expect(types(after)).toEqual(types(before))
    await Promise.all([before.close(), after.close()])
    for (const dtype of ['bfloat16', 'float16'] as const) {
      const path = out(`${dtype}.safetensors`)
      await convertWeights([model], path, { dtype })
      expectSame(
        await readAll(path),
        golden(llama.weights.keys(), (values) => rounded(values, dtype)),
      )
    }
    // PyTorch's own rounding.
    const theirs = await readAll(checkpoint('model.bf16.safetensors'))
    expectSame(await readAll(out('bfloat16.safetensors')), theirs)
  })

  test('a trained part over its base, later inputs over earlier ones', async () => {
    const path = out('whole')
    const result = await convertWeights([checkpoint('model.bf16.safetensors'), checkpoint('final_weights.pt')], path, {
      dtype: 'float32',
      shardBytes: 300_000,
    })
    expect(result.replaced).toHaveLength(86)
    expect(result.schemes).toEqual(['openflamingo', 'otter'])
    expect(readdirSync(path)).toContain('model.safetensors.index.json')
    expect(result.files.map((file) => file.path)).toEqual(
      [1, 2, 3, 4].map((n) => join(path, `model-0000${n}-of-00004.safetensors`)),
    )
    const tensors = await readAll(path)
    expect(tensors.size).toBe(125)
    const ours = new Map([...tensors].filter(([key]) => !key.startsWith('vision_encoder.')))
    expectSame(ours, golden(ours.keys()))
  })

  test.each(['llama', 'mpt', 'neox'])('the trained part of %s is what training changes', async (name) => {
    const { config } = readGoldenFolder(goldenFolder(name))
    const path = out(`${name}.trained.safetensors`)
    await convertWeights([join(goldenFolder(name), 'model.safetensors')], path, { trainableOnly: true })
    const { tf } = await chooseBackend('wasm')
    const otter = createOtter({ tf, config: parseOtterConfig(config) })
    expect([...(await readAll(path)).keys()].sort()).toEqual(otter.trainableNames)
    otter.dispose()
  })

  test('what nobody knows is refused by name, and what cannot be', async () => {
    const one = { shape: [1], values: Float32Array.of(1e10) }
    const save = (name: string, key: string) => {
      writeFileSync(out(name), writeSafeTensors(new Map([[key, one]])))
      return out(name)
    }
    const to = out('never.safetensors')
    await expect(convertWeights([save('odd.safetensors', 'conv.weight')], to)).rejects.toThrow(
      code('MIMICIT_BAD_WEIGHTS', /1 others \(conv\.weight\)/),
    )
    const large = save('large.safetensors', 'perceiver.latents')
    await expect(convertWeights([large], to, { dtype: 'float16' })).rejects.toThrow(
      code('MIMICIT_BAD_VALUE', /perceiver\.latents.*10000000000.*Use bfloat16/),
    )
    await expect(convertWeights([large], to, { shardBytes: 1 })).rejects.toThrow(code('MIMICIT_BAD_VALUE', /directory/))
    await expect(convertWeights([], to)).rejects.toThrow(code('MIMICIT_EMPTY', /tensors to write/))
    await expect(convertWeights([large], to, { scheme: 'toString' as 'otter' })).rejects.toThrow(
      code('MIMICIT_UNKNOWN_NAME', /openflamingo, otter/),
    )
    await expect(convertWeights([model], to, { signal: AbortSignal.abort() })).rejects.toThrow(
      code('MIMICIT_ABORTED', /Nothing was written/),
    )
    await expect(convertWeights([model], large)).rejects.toThrow(code('MIMICIT_NOT_EMPTY', /large/))
    await expect(convertWeights([model], root)).rejects.toThrow(code('MIMICIT_NOT_EMPTY', /holds/))
    expect(readdirSync(root).filter((name) => name.includes('partial') || name.startsWith('never'))).toEqual([])
    expect(existsSync(to)).toBe(false)
  })
})

describe('the plan of files', () => {
  const planned = fc.record({
    name: fc.string({ minLength: 1, maxLength: 4 }),
    dtype: fc.constantFrom<WritableDType>('float32', 'float16', 'bfloat16'),
    shape: fc.array(fc.nat(5), { maxLength: 3 }),
  })
  const tensors = fc.uniqueArray(planned, { selector: ({ name }) => name, minLength: 1, maxLength: 12 })

  test('every tensor is in one file, none too large that need not be, whatever their order was', () => {
    fc.assert(
      fc.property(tensors, fc.integer({ min: 1, max: 400 }), (list, shardBytes) => {
        const files = planFiles(list, shardBytes)
        expect(
          files
            .flatMap(({ tensors }) => tensors)
            .map(({ name }) => name)
            .sort(),
        ).toEqual(list.map(({ name }) => name).sort())
        for (const file of files) {
          const bytes = file.tensors.map(bytesOf)
          if (file.tensors.filter((tensor) => bytesOf(tensor) > 0).length > 1)
            expect(bytes.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(shardBytes)
        }
        expect(new Set(files.map(({ path }) => path)).size).toBe(files.length)
        expect(planFiles([...list].reverse(), shardBytes)).toEqual(files)
      }),
    )
  })

  test('layers stand in the order of their numbers, wide values first in a file', () => {
    const tensor = (name: string, dtype: WritableDType) => ({ name, dtype, shape: [2] })
    const files = planFiles(
      [tensor('a.10.w', 'float32'), tensor('a.9.w', 'float16'), tensor('a.9.v', 'float16'), tensor('a.1.w', 'float32')],
      16,
    )
    expect(files.map(({ path, tensors }) => [path, tensors.map(({ name }) => name)])).toEqual([
      ['model-00001-of-00002.safetensors', ['a.1.w', 'a.9.v', 'a.9.w']],
      ['model-00002-of-00002.safetensors', ['a.10.w']],
    ])
  })

  test('what is written is read by the reader of whole files, in pieces of any size', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
    let made = 0
    await fc.assert(
      fc.asyncProperty(tensors, sizes, async (list, pieces) => {
        const path = out(`piece${made++}.safetensors`)
        const valuesFor = (shape: readonly number[]) =>
          Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => i)
        const written = await writeWeights(
          path,
          list.map((tensor) => ({
            ...tensor,
            async *pieces() {
              const values = valuesFor(tensor.shape)
              for (let at = 0, i = 0; at < values.length; at += pieces[i++ % pieces.length]!)
                yield values.subarray(at, at + pieces[i % pieces.length]!)
            },
          })),
        )
        expect(written.tensors).toBe(list.length)
        const { tensors: read, metadata } = readSafeTensors(readFileSync(path), path)
        expect(metadata).toEqual({ format: 'pt' })
        for (const { name, shape } of list) expect(read.get(name)).toEqual({ shape, values: valuesFor(shape) })
      }),
      { numRuns: 25 },
    )
  })
})

describe('saved from a model', () => {
  const values = async (model: Otter, names: readonly string[]) =>
    new Map([...(await stateDict(model, names))].map(([name, it]) => [name, it.values as Float32Array]))
  let tf: Tf
  beforeAll(async () => {
    tf = (await chooseBackend('wasm')).tf
  })

  test('the trained part, loaded over its base, is the model', async () => {
    const trained = goldenModel(tf)
    const path = out('saved.safetensors')
    expect(await saveWeights(trained, path)).toMatchObject({
      files: [{ path }],
      tensors: trained.trainableNames.length,
    })
    expect([...(await readAll(path)).keys()].sort()).toEqual(trained.trainableNames)
    const base = createOtter({ tf, config: trained.config, seed: 5 })
    await loadWeightFiles(base, path, { require: 'trainable' })
    const names = trained.trainableNames
    expectSame(await values(base, names), golden(names))
    base.dispose()
    trained.dispose()
  })

  test('all of it, in several files, in the other scheme and type', async () => {
    const trained = goldenModel(tf)
    const before = tf.memory().numTensors
    const path = out('all')
    await saveWeights(trained, path, { which: 'all', scheme: 'otter', dtype: 'bfloat16', shardBytes: 200_000 })
    expect(tf.memory().numTensors).toBe(before)
    const weights = await openWeights(path)
    expect(describeWeights(weights)).toMatchObject({ scheme: 'otter', parameters: 269_508 })
    await weights.close()
    const halved = golden(llama.weights.keys(), (values) => rounded(values, 'bfloat16'))
    expectSame(await readAll(path), new Map([...halved].map(([name, values]) => [otterName(name), values])))
    trained.dispose()
  })
})

test('what weights hold, by parts', async () => {
  const path = out('described.safetensors')
  const tensors = new Map([...llama.weights])
  tensors.set('lang_encoder.old_decoder_blocks.0.mlp.up_proj.weight', { shape: [2], values: Float32Array.of(1, 2) })
  tensors.set('strange', { shape: [3], values: Int32Array.of(1, 2, 3) })
  writeFileSync(path, writeSafeTensors(tensors))
  const weights = await openWeights(path)
  const facts = describeWeights(weights)
  await weights.close()
  expect(facts).toMatchObject({ form: 'safetensors', scheme: 'openflamingo', parameters: 269_508 })
  expect(facts.parts.map(({ part, tensors, parameters, dtypes }) => [part, tensors, parameters, dtypes])).toEqual([
    ['vision tower', 39, 28_096, { float32: 39 }],
    ['perceiver', 25, 25_280, { float32: 25 }],
    ['cross-attention', 22, 78_340, { float32: 22 }],
    ['embeddings', 2, 16_384, { float32: 2 }],
    ['language model', 37, 121_408, { float32: 37 }],
    ['not needed', 1, 2, { float32: 1 }],
    ['unknown', 1, 3, { int32: 1 }],
  ])
  expect(facts.tensors.find(({ name }) => name === 'strange')).toEqual({
    name: 'strange',
    part: 'unknown',
    dtype: 'int32',
    shape: [3],
    file: 'described.safetensors',
  })
})
