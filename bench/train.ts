// What a training step and a generated token cost, against the matrix products they consist of, against stock gradients and
// against PyTorch on the same cores. `npm run bench -- train [rounds] [backends]`. Every contender is a process of its own; they
// take turns.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BackendName } from '../src/tensors/backend.js'
import { type Bench, median } from './harness.js'
import { findPython } from './train/python.js'
import { runScript } from './train/scripts.js'
import type { StepTimes } from './train/step.js'
import { waiting } from './train/waiting.js'

type Report = Parameters<Bench>[0]

/** Measures training. */
export const trainBench: Bench = async (report, [rounds = '5', backends = 'wasm']) => {
  const names = backends.split(',')
  for (const backend of names) {
    await steps(report, backend, Number(rounds))
    await tokens(report, backend)
    await waiting(report, backend as BackendName)
  }
  await vision(report)
}

/** One step of `small`, whole and as the sum of its products. */
async function steps(report: Report, backend: string, rounds: number): Promise<void> {
  const python = findPython()
  const ours: StepTimes[] = []
  const stock: StepTimes[] = []
  const torch: number[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(await runScript<StepTimes>('step.ts', backend, 'ours'))
    if (backend === 'wasm' && round < 2) stock.push(await runScript<StepTimes>('step.ts', backend, 'stock'))
    if (python !== undefined) torch.push(await python('train.py'))
  }
  const of = (key: keyof StepTimes) => median(ours.map((times) => times[key] ?? 0))
  const bound = of('productsMs')
  report({
    metric: `${backend}: step of small`,
    value: of('stepMs'),
    unit: 'ms',
    bound,
    rival: 'its products alone',
    ratio: bound / of('stepMs'),
  })
  if (stock.length > 0) {
    const ms = median(stock.map(({ stepMs }) => stepMs))
    report({
      metric: `${backend}: step with stock gradients`,
      value: ms,
      unit: 'ms',
      rival: 'ours',
      ratio: ms / of('stepMs'),
    })
  }
  if (torch.length > 0) {
    report({
      metric: 'PyTorch on the same cores: step of the same model and batch',
      value: median(torch),
      unit: 'ms',
      rival: `ours on ${backend}`,
      ratio: median(torch) / of('stepMs'),
    })
  }
  if (ours[0]?.callsMs !== undefined) {
    const [value, pytorch] = [of('callsMs'), torch.length > 0 ? median(torch) : undefined]
    report({
      ...{ metric: `${backend}: calls into TensorFlow of a step alone`, value, unit: 'ms' },
      ...(pytorch !== undefined && { rival: "PyTorch's whole step", ratio: pytorch / value }),
    })
  }
  report({ metric: `${backend}: vision tower of a step`, value: of('towerMs'), unit: 'ms' })
}

interface TokenTimes {
  readonly msByPrompt: Readonly<Record<string, number>>
  readonly recomputeMs: number
  readonly productsMs: number
}

/** A generated token of `small`, by the length of its prompt. */
async function tokens(report: Report, backend: string): Promise<void> {
  const { msByPrompt, recomputeMs, productsMs } = await runScript<TokenTimes>('tokens.ts', backend)
  const [short = 0, long = 0, middle = 0] = ['64', '512', '256'].map((length) => msByPrompt[length] ?? 0)
  for (const [length, ms] of Object.entries(msByPrompt)) {
    report({ metric: `${backend}: token after a prompt of ${length}`, value: ms, unit: 'ms' })
  }
  report({ metric: `${backend}: token after 512 against one after 64`, value: long / short, unit: 'x' })
  report({
    metric: `${backend}: token after 256, all computed anew`,
    value: recomputeMs,
    unit: 'ms',
    rival: 'with the cache',
    ratio: recomputeMs / middle,
  })
  report({
    metric: `${backend}: products of a token alone`,
    value: productsMs,
    unit: 'ms',
    rival: 'the token',
    ratio: middle / productsMs,
  })
}

interface EpochTimes {
  readonly firstMs: number
  readonly secondMs: number
  readonly towerMs: number
}

/** Two epochs with the tower's results kept. */
async function vision(report: Report): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  try {
    const { firstMs, secondMs, towerMs } = await runScript<EpochTimes>('epochs.ts', 'wasm', dir)
    report({ metric: 'wasm, --cache-vision: first epoch', value: firstMs, unit: 'ms' })
    report({
      ...{ metric: 'wasm, --cache-vision: second epoch', value: secondMs, unit: 'ms', bound: firstMs - towerMs },
      ...{ rival: 'epoch without the tower', ratio: secondMs / (firstMs - towerMs) },
    })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
