// A model that learns sixteen pairs of the fixtures by heart, and what it then answers.
import { join } from 'node:path'
import { assemblyRules } from '../../src/loader/assembly-rules.js'
import { answerQuery } from '../../src/otter/answer.js'
import type { PresetName } from '../../src/otter/presets.js'
import { openDataset } from '../../src/shards/dataset.js'
import { loadRun, startRun } from '../../src/train/run.js'
import { runSettings } from '../../src/train/run-settings.js'
import type { Pair } from '../../src/tuple/tuple.js'
import { importFixtures } from './fixtures.js'

/** What came of it. */
export interface Learned {
  /** Mean loss of the last five steps. */
  readonly loss: number
  readonly answers: readonly string[]
  /** What was to be learned; several pairs ask the same about other pictures. */
  readonly expected: readonly string[]
  readonly instructions: readonly string[]
}

/** Trains `model` on the sixteen shortest pairs and asks it each of them. */
export async function learnByHeart(dir: string, model: PresetName, steps: number, lr: number): Promise<Learned> {
  const data = join(dir, 'data')
  await importFixtures(data)
  const dataset = await openDataset(data)
  const pairs: Pair[] = []
  for await (const [, pair] of dataset.pairs()) if (pair.media.length === 1) pairs.push(pair)
  const length = ({ instruction, response }: Pair) => instruction.length + response.length
  const chosen = pairs.sort((a, b) => length(a) - length(b) || (a.id < b.id ? -1 : 1)).slice(0, 16)
  const settings = runSettings({
    ...{ dataset: data, model, steps, lr, weightDecay: 0, beta2: 0.98 },
    loader: { batchSize: 16, only: chosen.map(({ id }) => id), queries: 'all', shots: 0, maxTokens: 256 },
  })
  const { metrics } = await startRun(join(dir, 'run'), settings, { backend: 'wasm' })
  const run = await loadRun(join(dir, 'run'), 'wasm')
  const rules = await assemblyRules(run.settings.loader)
  const answers: string[] = []
  for (const query of chosen) {
    const answer = await answerQuery(run.model, { dataset, query, contexts: [], rules, maxNewTokens: 64 })
    answers.push(answer.text)
  }
  run.model.dispose()
  await dataset.close()
  const last = metrics.slice(-5)
  return {
    loss: last.reduce((sum, { loss }) => sum + loss, 0) / last.length,
    answers,
    expected: chosen.map(({ response }) => response),
    instructions: chosen.map(({ instruction }) => instruction),
  }
}
