// How long training waits for data: `small` on the loader bench's pictures, decoded live and never reused, with the real
// loader in its thread.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BackendName } from '../../src/tensors/backend.js'
import { startRun } from '../../src/train/run.js'
import { runSettings } from '../../src/train/run-settings.js'
import type { Bench } from '../harness.js'
import { writeWork } from '../loader/work.js'

const STEPS = 8

/** @param backend where the model trains */
export async function waiting(report: Parameters<Bench>[0], backend: BackendName): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  try {
    await writeWork(join(root, 'work'), { pictures: 100, characters: 100 })
    const settings = runSettings({
      dataset: join(root, 'work', 'set'),
      steps: STEPS,
      model: 'small',
      trainable: 'published',
      loader: {
        ...{ batchSize: 8, context: 'stored:near', shots: 0, maxTokens: 512, reuseBytes: 0, shuffle: 'full' },
        sharedVisuals: 'repeat',
      },
    })
    const { metrics } = await startRun(join(root, 'run'), settings, { backend })
    // The first batch is made while the model is built.
    const counted = metrics.slice(2)
    const waited = counted.reduce((sum, { dataWaitMs }) => sum + dataWaitMs, 0)
    const stepping = counted.reduce((sum, { stepMs }) => sum + stepMs, 0)
    report({ metric: `${backend}: step with live data`, value: stepping / counted.length, unit: 'ms' })
    report({ metric: `${backend}: share of waiting for data`, value: (100 * waited) / (waited + stepping), unit: '%' })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
