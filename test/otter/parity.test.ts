// The model against numbers of the original OpenFlamingo modules, every family; the bounds stand in parity/checks.ts.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Check, checkFolder } from '../../parity/checks.js'
import { goldenBatch, readGoldenFolder } from '../../parity/folder.js'
import { readSafeTensors, writeSafeTensors } from '../../src/otter/weights/safetensors.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import type { Tf } from '../../src/tensors/tf.js'
import { goldenFolder, goldenModel, llama } from './golden.js'

let tf: Tf
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
})

const beyond = ({ difference, tolerance }: Check) => !(difference <= tolerance)

describe('every golden folder', () => {
  const folders = ['llama', 'llama_frames', 'llama_n1', 'mpt', 'mpt_icl', 'neox', 'neox_seq']

  test('is tried', () => {
    const there = readdirSync(goldenFolder('.'), { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && readdirSync(goldenFolder(entry.name)).includes('io.safetensors'),
    )
    expect(there.map(({ name }) => name).sort()).toEqual(folders)
  })

  test.each(folders)('%s: activations, gradients, five steps and greedy ids', async (name) => {
    const checks: Check[] = []
    for await (const check of checkFolder(tf, readGoldenFolder(goldenFolder(name)))) checks.push(check)
    expect(checks.filter(beyond)).toEqual([])
    expect(checks.length).toBeGreaterThan(170)
  })
})

test('rows of the embedding that no real token names get exactly nothing', () => {
  const model = goldenModel(tf)
  const batch = goldenBatch(llama.io)
  const { loss, gradients } = model.lossAndGradients(batch)
  const values = gradients.get(model.decoder.embeddingKey)?.dataSync() as Float32Array
  const used = new Set([...batch.inputIds].filter((_, i) => batch.attentionMask[i] === 1))
  const width = model.decoder.config.hidden_size
  const touched = (row: number) => values.subarray(row * width, (row + 1) * width).some((v) => v !== 0)
  for (let row = 0; row < model.decoder.config.vocab_size; row++) if (!used.has(row)) expect(touched(row)).toBe(false)
  expect([...used].filter(touched).length).toBeGreaterThan(used.size / 2)
  tf.dispose([loss, ...gradients.values()])
  model.dispose()
})

test('npm run parity names what is beyond its tolerance and ends with 1', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mimicit-parity-'))
  try {
    cpSync(goldenFolder('mpt'), folder, { recursive: true })
    const path = join(folder, 'model.safetensors')
    const { tensors } = readSafeTensors(readFileSync(path), path)
    const gate = tensors.get('lang_encoder.transformer.blocks.1.gated_cross_attn_layer.attn_gate')
    gate?.values.fill(0)
    writeFileSync(path, writeSafeTensors(tensors, {}))
    const root = fileURLToPath(new URL('../..', import.meta.url))
    const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'parity/run.ts', folder], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(stdout).toMatch(/BEYOND +logits/)
    expect(stdout).toMatch(/ok +perceiver_out/)
    expect(status).toBe(1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
