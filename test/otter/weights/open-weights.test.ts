// Weights in files: every form in which they are published gives the same tensors, and no file of a stranger can make us run
// anything, take much memory or end in anything but an error with a code.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMimicitError } from '../../../src/base/errors.js'
import { openWeights } from '../../../src/otter/weights/open-weights.js'
import { writeSafeTensors } from '../../../src/otter/weights/safetensors.js'
import { readKeys } from '../../../src/otter/weights/schemes/index.js'
import { startFaultServer } from '../../support/fault-server.js'
import { tempDir } from '../../support/temp-dir.js'
import { goldenFolder, llama } from '../golden.js'
import { join, p, tensor, torchFile, zip } from './torch-zip.js'

const root = tempDir()
const checkpoints = goldenFolder('checkpoints')
const torch = goldenFolder('torch')
let made = 0

/** A file with these bytes. */
function file(bytes: Uint8Array, name = `${made++}.pt`): string {
  const path = joinPath(root, name)
  writeFileSync(path, bytes)
  return path
}

/** All tensors of some weights. */
async function readAll(path: string): Promise<Map<string, Float32Array>> {
  const weights = await openWeights(path)
  try {
    const tensors = new Map<string, Float32Array>()
    for (const name of weights.tensors.keys()) tensors.set(name, await weights.read(name))
    return tensors
  } finally {
    await weights.close()
  }
}

const code = (name: string, message: RegExp) =>
  expect.objectContaining({ code: name, message: expect.stringMatching(message) })

describe('the forms in which models are published', () => {
  /** Half the distance between neighbours, as a part of the value, and below normal numbers absolutely. */
  const rounding = { float32: [0, 0], bfloat16: [2 ** -8, 0], float16: [2 ** -11, 2 ** -25] } as const

  test.each([
    ['checkpoint.pt', 48, ['float32']],
    ['final_weights.pt', 86, ['float32']],
    ['pytorch_model.bin.index.json', 125, ['bfloat16', 'float16']],
    ['model.bf16.safetensors', 125, ['bfloat16']],
    ['.', 125, ['bfloat16', 'float16']],
  ] as const)('%s holds the values of model.safetensors', async (name, count, dtypes) => {
    const weights = await openWeights(joinPath(checkpoints, name))
    expect(weights.tensors.size).toBe(count)
    expect(new Set([...weights.tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(dtypes))
    const { found } = readKeys(weights.tensors)
    expect(found.size).toBe(count)
    for (const [name, { key }] of found) {
      const { dtype, shape } = weights.tensors.get(key)!
      const golden = llama.weights.get(name)
      expect(golden?.shape, key).toEqual(shape)
      const [relative, absolute] = rounding[dtype as keyof typeof rounding]
      const values = await weights.read(key)
      for (const [i, value] of golden!.values.entries())
        if (Math.abs(values[i]! - value) > Math.max(Math.abs(value) * relative, absolute))
          expect.fail(`${key}[${i}]: ${values[i]} instead of ${value}`)
    }
    await weights.close()
  })

  test('a directory prefers safetensors, and an index to one of its parts', async () => {
    const dir = joinPath(root, 'model')
    mkdirSync(dir)
    for (const name of ['pytorch_model.bin.index.json', 'pytorch_model-00001-of-00002.bin', 'checkpoint.pt'])
      copyFileSync(joinPath(checkpoints, name), joinPath(dir, name))
    await expect(openWeights(dir)).rejects.toThrow(code('MIMICIT_NOT_FOUND', /00002-of-00002/))
    copyFileSync(joinPath(checkpoints, 'model.bf16.safetensors'), joinPath(dir, 'model.safetensors'))
    const weights = await openWeights(dir)
    expect(weights).toMatchObject({ form: 'safetensors', files: ['model.safetensors'], location: dir })
    await weights.close()
    mkdirSync(joinPath(root, 'nothing'))
    await expect(openWeights(joinPath(root, 'nothing'))).rejects.toThrow(code('MIMICIT_NOT_FOUND', /checkpoint\.pt/))
    const url = pathToFileURL(joinPath(dir, 'model.safetensors')).href.replace(
      'model.safetensors',
      'model%2esafetensors',
    )
    const named = await openWeights(url)
    expect(named.files).toEqual(['model.safetensors'])
    await named.close()
    await expect(openWeights('file://elsewhere/%zz')).rejects.toThrow(code('MIMICIT_BAD_VALUE', /file: URL/))
    await expect(openWeights(joinPath(root, 'absent.pt'))).rejects.toThrow(code('MIMICIT_NOT_FOUND', /absent/))
  })

  test('far away, too, and only what is asked for is read', async () => {
    const server = await startFaultServer(checkpoints)
    const weights = await openWeights(`${server.url}/final_weights.pt`)
    const before = server.requests.length
    const name = 'lang_encoder.lm_head.weight'
    const values = await weights.read(name, { from: 2, to: 4 })
    expect(values).toEqual(llama.weights.get(name)?.values.slice(128, 256))
    expect(server.requests.length - before).toBe(1)
    await weights.close()
    await server.close()
  })
})

describe('tensors of torch.save', () => {
  test('strides, offsets, shared storages and types', async () => {
    const weights = await openWeights(joinPath(torch, 'odd.pt'))
    const read = async (name: string) => [...(await weights.read(name))]
    const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)
    expect(await read('transposed')).toEqual(upTo(15))
    expect(await read('permuted')).toEqual(upTo(24))
    expect(await read('columns')).toEqual([1, 2, 3, 7, 8, 9, 13, 14, 15, 19, 20, 21])
    expect(await read('rows')).toEqual([12, 13, 14, 15, 16, 17])
    expect(await read('every other')).toEqual([0, 2, 4, 6, 8])
    expect(await read('tail')).toEqual([7, 8, 9])
    expect(await read('scalar')).toEqual([2.5])
    expect(await read('empty')).toEqual([])
    for (const name of ['double', 'half', 'brain']) expect(await read(name)).toEqual([0, 1, 2])
    expect(await read('parameter')).toEqual([0, 1, 2, 3])
    expect(weights.tensors.get('columns')).toEqual({ dtype: 'float32', shape: [4, 3], bytes: 48, file: 'odd.pt' })
    for (const name of ['long', 'int', 'short', 'char', 'byte', 'bool', 'eight bits'])
      await expect(weights.read(name)).rejects.toThrow(code('MIMICIT_UNSUPPORTED', new RegExp(`"${name}"`)))
    // Rows of what does not lie in order.
    expect([...(await weights.read('transposed', { from: 1, to: 3 }))]).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    expect([...(await weights.read('columns', { from: 3, to: 4 }))]).toEqual([19, 20, 21])
    await expect(weights.read('columns', { from: 3, to: 5 })).rejects.toThrow(code('MIMICIT_BAD_VALUE', /0 and 4/))
    await expect(weights.read('other')).rejects.toThrow(code('MIMICIT_UNKNOWN_NAME', /"other"/))
    await weights.close()
  })

  test.each(['model_state_dict', 'state_dict', 'model', 'module'])(
    'weights inside %s, and once more inside',
    async (name) => {
      const inner = p.dict(p.text('a'), tensor())
      const wrapped = p.dict(p.text('step'), p.int(3), p.text(name), p.dict(p.text('state_dict'), inner))
      expect(await readAll(file(torchFile(p.program(wrapped))))).toEqual(new Map([['a', Float32Array.of(0, 1, 2, 3)]]))
    },
  )

  test('another protocol, zip64, a comment behind the end', async () => {
    expect(await readAll(joinPath(torch, 'protocol4.pt'))).toEqual(
      new Map([['weight', Float32Array.of(0, 1, 2, 3, 4, 5)]]),
    )
    const pickle = p.program(
      p.dict(p.text('a'), tensor(), p.text('b'), tensor({ offset: 1, shape: [2], strides: [2] })),
    )
    const expected = new Map([
      ['a', Float32Array.of(0, 1, 2, 3)],
      ['b', Float32Array.of(1, 3)],
    ])
    for (const twist of [{}, { zip64: true }, { comment: 'made by hand' }, { zip64: true, comment: 'PK\x05\x06' }])
      expect(await readAll(file(torchFile(pickle, twist)))).toEqual(expected)
  })

  test('any strides that stay inside the storage are read as they say', async () => {
    const axes = fc.array(fc.record({ size: fc.integer({ min: 1, max: 4 }), stride: fc.nat(6) }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(axes, fc.nat(5), async (layout, offset) => {
        const shape = layout.map(({ size }) => size)
        const strides = layout.map(({ stride }) => stride)
        const indexes = shape.reduce<number[]>(
          (at, size, axis) => at.flatMap((base) => Array.from({ length: size }, (_, i) => base + i * strides[axis]!)),
          [offset],
        )
        const stored = 64
        const pickle = p.program(p.dict(p.text('a'), tensor({ stored, offset, shape, strides })))
        const storage = Float32Array.from({ length: stored }, (_, i) => i)
        const path = file(zip({ 'w/data.pkl': pickle, 'w/data/0': new Uint8Array(storage.buffer) }), 'strides.pt')
        if (Math.max(...indexes) < stored) expect([...(await readAll(path)).get('a')!]).toEqual(indexes)
        else await expect(readAll(path)).rejects.toThrow(code('MIMICIT_BAD_WEIGHTS', /inside a storage of 64/))
      }),
      { numRuns: 60 },
    )
  })
})

describe('what is refused', () => {
  test.each([
    ['checkpoints/hostile.pt', 'MIMICIT_UNSAFE_PICKLE', /"posix\.system".*Nothing of it was run/],
    ['torch/namespace.pt', 'MIMICIT_UNSAFE_PICKLE', /"argparse\.Namespace"/],
    ['torch/legacy.pt', 'MIMICIT_UNSUPPORTED', /version 1\.6.*torch\.save\(torch\.load\(/],
    ['torch/program.pt', 'MIMICIT_UNSUPPORTED', /TorchScript.*torch\.jit\.load/],
    ['torch/expanded.pt', 'MIMICIT_BAD_WEIGHTS', /"weight".*shape \[1000\] with strides \[0\]/],
    ['torch/no-tensors.pt', 'MIMICIT_BAD_WEIGHTS', /\(epoch, step\)/],
  ])('%s', async (name, expected, message) => {
    await expect(openWeights(goldenFolder(name))).rejects.toThrow(code(expected, message))
  })

  const at = (lie: Parameters<typeof tensor>[0]) => torchFile(p.program(p.dict(p.text('a'), tensor(lie))))
  const plain = p.program(p.dict(p.text('a'), tensor()))
  const bad = (...parts: Uint8Array[]) => torchFile(p.program(...parts))
  const index = (map: unknown) => new TextEncoder().encode(JSON.stringify({ weight_map: map }))
  test.each<[string, Uint8Array, RegExp, string?]>([
    ['an empty file', new Uint8Array(0), /an empty file/],
    ['a web page', new TextEncoder().encode('<!DOCTYPE html><html>'), /a web page/],
    ['a pointer of Git LFS', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n'), /git lfs pull/],
    ['a file that is cut short', torchFile(plain).subarray(0, 300), /cut short/],
    ['entries that are compressed', torchFile(plain, { method: 8 }), /compressed \(method 8\)/],
    ['entries that are encrypted', torchFile(plain, { flags: 1 }), /encrypted/],
    ['entries behind the end', torchFile(plain, { grow: 1 << 20 }), /data before byte/],
    ['entries that overlap what follows', torchFile(plain, { grow: 1 }), /data before byte|end of the pickle|16 bytes/],
    ['more entries than there are', torchFile(plain, { count: 3 }), /3 entries/],
    ['an absurd number of entries', torchFile(plain, { zip64: true, count: 2 ** 40 }), /directory of at most/],
    ['no data.pkl', zip({ 'w/other': plain }), /one data\.pkl/],
    ['two of them', zip({ 'w/data.pkl': plain, 'v/data.pkl': plain }), /one with 2/],
    [
      'another byte order',
      zip({ 'w/data.pkl': plain, 'w/byteorder': new TextEncoder().encode('big') }),
      /"big"/,
      'MIMICIT_UNSUPPORTED',
    ],
    ['a storage that is not there', at({ key: '1' }), /w\/data\/1.*none/],
    ['a key that leads elsewhere', at({ key: '../data.pkl' }), /w\/data\/\.\.\/data\.pkl.*none/],
    ['a storage of another size', at({ stored: 5 }), /20 bytes.*16/],
    ['a storage of another type', at({ type: 'HalfStorage' }), /8 bytes.*16/],
    ['an offset behind the storage', at({ offset: 1 }), /inside a storage of 4/],
    ['a negative offset', at({ offset: -1 }), /an offset/],
    ['a shape that is too large', at({ shape: [5] }), /inside a storage of 4/],
    [
      'a shape that overflows',
      at({ shape: Array(8).fill(2 ** 30), strides: Array(8).fill(0) }),
      /inside a storage of 4/,
    ],
    ['negative strides', at({ strides: [-1] }), /strides/],
    ['too few strides', at({ strides: [] }), /1 strides/],
    ['too many axes', at({ shape: Array(65).fill(1), strides: Array(65).fill(1) }), /at most 64/],
    ['a storage class that is a function', bad(p.global('os', 'system')), /"os\.system"/, 'MIMICIT_UNSAFE_PICKLE'],
    ['a name of the prototype', bad(p.global('torch', 'constructor')), /"torch\.constructor"/, 'MIMICIT_UNSAFE_PICKLE'],
    ['eval', bad(p.global('builtins', 'eval')), /"builtins\.eval"/, 'MIMICIT_UNSAFE_PICKLE'],
    [
      'a name from the stack',
      bad(p.text('os'), p.text('system'), p.raw(0x93)),
      /"os\.system"/,
      'MIMICIT_UNSAFE_PICKLE',
    ],
    ['a new object', bad(p.raw(0x81)), /byte 0x81/],
    ['an instance', bad(p.raw(0x69)), /byte 0x69/],
    ['a call of what is no function', bad(p.raw(0x7d, 0x29, 0x52)), /a function/],
    ['a state for a tensor', bad(tensor(), p.raw(0x7d, 0x62)), /a state/, 'MIMICIT_UNSAFE_PICKLE'],
    ['a dict made of a list', bad(p.global('collections', 'OrderedDict'), p.raw(0x5d, 0x85, 0x52)), /OrderedDict/],
    ['an empty stack', bad(p.raw(0x30)), /a value on the stack/],
    ['no mark', bad(p.raw(0x74)), /a mark/],
    ['a value that was never remembered', bad(p.raw(0x68, 7)), /number 7/],
    ['an integer of a megabyte', bad(p.raw(0x8b, 0, 0, 0x10, 0)), /64 bits/],
    ['a text behind the end', bad(p.raw(0x58, 0xff, 0xff, 0xff, 0x7f)), /more bytes/],
    ['a text of absurd length', bad(p.raw(0x8d, 255, 255, 255, 255, 255, 255, 255, 255)), /a length inside/],
    ['no end', torchFile(join(p.raw(0x80, 2), p.raw(0x4e))), /end of the pickle/],
    ['too many steps', torchFile(new Uint8Array(1_000_001).fill(0x4e)), /1000000 steps/],
    ['a list inside lists as a name', bad(...Array<Uint8Array>(9).fill(p.raw(0x5d)), p.raw(0x93)), /a name/],
  ])('%s', async (_, bytes, message, expected = 'MIMICIT_BAD_WEIGHTS') => {
    await expect(openWeights(file(bytes))).rejects.toThrow(code(expected, message))
  })

  test.each<[string, unknown, RegExp]>([
    ['no map', undefined, /weight_map/],
    ['a file elsewhere', { a: '../secret.safetensors' }, /beside the index/],
    ['a file that is none', { a: 7 }, /beside the index/],
    ['a file of another kind', { a: 'passwd' }, /beside the index/],
    ['nothing', {}, /at least one file/],
    ['a tensor in the wrong file', { a: 'one.safetensors', b: 'one.safetensors' }, /"b" in one\.safetensors/],
    ['a tensor in two files', { a: 'one.safetensors', c: 'two.safetensors' }, /"a" in one\.safetensors too/],
  ])('an index with %s', async (_, map, message) => {
    const one = { shape: [1], values: Float32Array.of(1) }
    file(writeSafeTensors(new Map([['a', one]])), 'one.safetensors')
    file(writeSafeTensors(new Map(['a', 'c'].map((name) => [name, one]))), 'two.safetensors')
    await expect(openWeights(file(index(map), 'model.index.json'))).rejects.toThrow(
      code('MIMICIT_BAD_WEIGHTS', message),
    )
  })

  test('whatever bytes are turned: an error with a code, or tensors no larger than the file', async () => {
    const safe = writeSafeTensors(new Map([['a', { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }]]))
    const originals = [...['odd.pt', 'protocol4.pt'].map((name) => readFileSync(joinPath(torch, name))), safe]
    const turn = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), to: fc.nat(255) })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(turn, { minLength: 1, maxLength: 4 }),
        async (from, turns) => {
          const bytes = new Uint8Array(from)
          for (const { at, to } of turns) bytes[Math.floor(at * bytes.length)] = to
          try {
            const weights = await openWeights(file(bytes, 'turned.pt'))
            for (const [name, { shape }] of weights.tensors) {
              expect(4 * shape.reduce((product, n) => product * n, 1)).toBeLessThanOrEqual(4 * bytes.length)
              await weights.read(name).catch((error) => expect(isMimicitError(error)).toBe(true))
            }
            await weights.close()
          } catch (error) {
            if (!isMimicitError(error)) throw error
          }
        },
      ),
      { numRuns: 250 },
    )
  })
})
