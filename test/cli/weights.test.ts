// The commands for weights, as a person uses them.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { tempDir } from '../support/temp-dir.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const checkpoint = (name: string) => fileURLToPath(new URL(`../goldens/checkpoints/${name}`, import.meta.url))
const dir = tempDir()
const mimicit = (...args: string[]) => {
  const run = spawnSync(process.execPath, [main, 'weights', ...args], { encoding: 'utf8' })
  return { status: run.status, stdout: run.stdout, stderr: run.stderr }
}

test('convert, and say what came of it', () => {
  const out = join(dir, 'whole')
  const parts = [checkpoint('model.bf16.safetensors'), checkpoint('checkpoint.pt')]
  const run = mimicit(
    'convert',
    ...parts,
    '--dtype',
    'float16',
    '--shard-bytes',
    '200kB',
    '--scheme',
    'otter',
    '--out',
    out,
  )
  expect([run.status, run.stderr]).toEqual([0, ''])
  expect(run.stdout).toMatch(/: 125 tensors, 539 kB in 3 files\n {2}keys were those of openflamingo, openflamingo\n/)
  expect(run.stdout).toContain('48 tensors of an input replaced')
  const info = mimicit('info', out, '--tensors')
  expect([info.status, info.stderr]).toEqual([0, ''])
  expect(info.stdout).toMatch(/^form {8}safetensors, 3 files\nkey scheme {2}otter\nparameters {2}269,508$/m)
  expect(info.stdout).toMatch(/^cross-attention {2}22 +78,340 +157 kB +float16$/m)
  expect(info.stdout).toMatch(/^perceiver\.layers\.0\.feed_forward\.0\.bias +float16 +\[32\] +perceiver$/m)
  const json = JSON.parse(mimicit('info', checkpoint('.'), '--json').stdout)
  expect(json).toMatchObject({ form: 'torch', scheme: 'otter', parameters: 269_508 })
  expect(json.tensors).toHaveLength(125)
})

test('what is refused, and how it ends', () => {
  const hostile = mimicit('info', checkpoint('hostile.pt'))
  expect(hostile.status).toBe(1)
  expect(hostile.stderr).toMatch(/^mimicit: MIMICIT_UNSAFE_PICKLE: .*posix\.system/)
  expect(existsSync('owned')).toBe(false)
  const wrong = mimicit('convert', checkpoint('.'), '--out', join(dir, 'x'), '--dtype', 'int8')
  expect([wrong.status, wrong.stderr.includes('float32, float16, bfloat16')]).toEqual([2, true])
})
