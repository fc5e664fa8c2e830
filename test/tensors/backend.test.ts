// Choosing a backend: what comes with the package starts quietly, what does not says how to get it.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { type BackendName, chooseBackend } from '../../src/tensors/backend.js'
import { tensorMemory, withoutLeak } from '../../src/tensors/memory.js'

const installed = (name: string) => {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}

test('wasm starts, twice gives the same library', async () => {
  const first = await chooseBackend('wasm')
  const second = await chooseBackend('wasm')
  expect(first.name).toBe('wasm')
  expect(second.tf).toBe(first.tf)
  expect(first.tf.getBackend()).toBe('wasm')
  expect([...first.tf.tidy(() => first.tf.add(first.tf.tensor1d([1, 2]), 1).dataSync())]).toEqual([2, 3])
})

test('a process that used wasm prints nothing and ends by itself', () => {
  const script = `
    import { chooseBackend } from './src/tensors/backend.ts'
    const { tf } = await chooseBackend('wasm')
    const { tf: cpu } = await chooseBackend('cpu')
    cpu.tidy(() => cpu.matMul(cpu.ones([2, 2]), cpu.ones([2, 2])).dataSync())
    await chooseBackend('wasm')
    tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync())`
  const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  expect([run.status, run.stdout, run.stderr]).toEqual([0, '', ''])
})

test.skipIf(installed('@tensorflow/tfjs-node'))(
  'a backend whose package is missing says how to install it',
  async () => {
    await expect(chooseBackend('node')).rejects.toThrow(
      expect.objectContaining({
        code: 'MIMICIT_UNSUPPORTED',
        message: expect.stringContaining('npm install @tensorflow/tfjs-node'),
      }),
    )
  },
)

test('an unknown name is refused', async () => {
  await expect(chooseBackend('tpu' as BackendName)).rejects.toThrow(
    expect.objectContaining({ code: 'MIMICIT_UNKNOWN_NAME' }),
  )
})

test('a forgotten tensor is found', async () => {
  const { tf } = await chooseBackend('wasm')
  await expect(withoutLeak(tf, () => tf.tidy(() => tf.ones([3]).dataSync()))).resolves.toBeDefined()
  const before = tensorMemory(tf).tensors
  await expect(withoutLeak(tf, () => tf.ones([3]))).rejects.toThrow(
    expect.objectContaining({ code: 'MIMICIT_INTERNAL' }),
  )
  expect(tensorMemory(tf).tensors).toBe(before + 1)
  tf.disposeVariables()
})
