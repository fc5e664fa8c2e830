// Weights that were written here, in the original PyTorch modules: the same logits. Needs Python with torch, safetensors,
// transformers and open_flamingo: where one is missing the script says which, which is tested too, and its own test is skipped
// by name. MIMICIT_PYTHON names another interpreter.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { goldenBatch, goldenModel, readGoldenFolder } from '../../parity/folder.js'
import { writeSafeTensors } from '../../src/otter/weights/safetensors.js'
import { saveWeights } from '../../src/otter/weights/save.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { goldenFolder } from '../otter/golden.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const python = process.env.MIMICIT_PYTHON ?? 'python3'
const run = (...args: string[]) =>
  spawnSync(python, ['-B', ...args], { encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1' } })
const script = fileURLToPath(new URL('../../examples/python/load_trained_weights.py', import.meta.url))
const hasPython = run('--version').status === 0
const hasModules =
  hasPython && run('-c', 'import torch, safetensors.torch, transformers, open_flamingo.src.flamingo').status === 0

describe('load_trained_weights.py', () => {
  test.for(['llama', 'mpt', 'neox'])(
    '%s, trained here, gives the same logits there (needs Python with torch and open_flamingo)',
    async (name, context) => {
      if (!hasModules) return context.skip(`${python} has no open_flamingo`)
      const golden = readGoldenFolder(goldenFolder(name))
      const { tf } = await chooseBackend('wasm')
      const model = goldenModel(tf, golden)
      const batch = goldenBatch(golden.io)
      const { gradients, loss } = model.lossAndGradients(batch)
      const before = tf.tidy(() => model.forward(batch).logits.dataSync() as Float32Array)
      for (const [parameter, gradient] of gradients) {
        const variable = model.parameters.get(parameter)!
        variable.assign(tf.tidy(() => tf.sub(variable, tf.mul(gradient, 0.05))))
      }
      tf.dispose([loss, ...gradients.values()])
      const logits = tf.tidy(() => model.forward(batch).logits.dataSync() as Float32Array)
      expect(Math.max(...logits.map((value, i) => Math.abs(value - before[i]!)))).toBeGreaterThan(0.01)
      const trained = join(root, `${name}.safetensors`)
      await saveWeights(model, trained)
      const { parameters, trainableNames } = model
      const count = trainableNames.reduce((sum, key) => sum + parameters.get(key)!.size, 0)
      model.dispose()

      const { B, L } = batch.shape
      const check = join(root, `${name}.check.safetensors`)
      const given = ['lang_x', 'attention_mask', 'vision_x'].map((key) => [key, golden.io.get(key)!] as const)
      const result = { shape: [B, L, logits.length / (B * L)], values: logits }
      writeFileSync(check, writeSafeTensors(new Map([...given, ['logits', result]])))
      const folder = goldenFolder(name)
      const base = join(folder, 'model.safetensors')
      const config = join(folder, 'config.json')
      const { stdout, stderr, status } = run(script, config, base, trained, '--check', check)
      expect(status, stderr).toBe(0)
      expect(stdout).toContain(`: ${trainableNames.length} tensors, ${count.toLocaleString('en')} parameters\n`)
      expect(stdout).toMatch(/not in these weights: nothing\nlargest difference of the logits: \d\.\de-0[5-9] /)

      // Once is enough for what follows: PyTorch takes seconds to start.
      if (name !== 'llama') return
      // Without what was trained the logits are others, and what the base had is told to be missing.
      const stale = run(script, config, base, '--check', check)
      expect([stale.status, stale.stderr.trim()]).toEqual([1, 'the logits differ'])
      expect(run(script, config, trained).stdout).toMatch(/not in these weights: vision_encoder\./)
    },
  )

  test('says which package is missing', (context) => {
    if (!hasPython) return context.skip(`there is no ${python}`)
    // -S leaves out the directory of installed packages.
    const { stderr, status } = run('-S', script, 'config.json', 'a.safetensors')
    expect(stderr).toMatch(/^No module named '\w+'\. Install it with: pip install \w+/)
    expect(status).toBe(1)
  })
})
