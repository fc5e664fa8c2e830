// Parts of the loader alone, in this thread, by their CPU time: planning steps, putting rows together without pixels, writing
// pixels.

import { assembleTurns } from '../../src/loader/assemble.js'
import { assemblyRules } from '../../src/loader/assembly-rules.js'
import { collate } from '../../src/loader/collate.js'
import { type LoaderOptions, parseLoaderOptions } from '../../src/loader/options.js'
import { prepare } from '../../src/loader/prepare.js'
import { type SampleTurn, turnOf } from '../../src/loader/turns.js'
import { openDataset } from '../../src/shards/dataset.js'
import { pixelWriter } from '../../src/vision/normalise.js'
import { type Bench, cpuInTurn } from '../harness.js'

type Report = Parameters<Bench>[0]

const BATCH = 8

/** Measures the parts. */
export async function parts(dir: string, options: LoaderOptions, report: Report): Promise<void> {
  const dataset = await openDataset(dir)
  const settings = parseLoaderOptions({ ...options, epochs: 5 })
  const prepared = await prepare([{ dataset, own: { source: dir } }], settings)
  // Rows whole: where bytes are tokens, four turns have more than a stream gives by default.
  const rules = await assemblyRules({ ...options, maxTokens: 8192 })
  const rows = Array.from({ length: dataset.manifest.tables.pairs.rows }, (_, row) => row)
  const turns: SampleTurn[] = []
  for await (const [, pair] of dataset.pairs()) turns.push(turnOf(pair, rules))
  const writePixels = pixelWriter({ type: 'float32', layout: 'NCHW', decoded: 'NCHW', normalisation: 'clip' })
  const side = 224 * 224 * 3
  const pictures = Array.from({ length: 256 }, (_, i) => new Uint8Array(side).map((_, at) => (at * 7919 + i) % 256))
  const floats = new Float32Array(side)
  const target = new Float32Array(32 * side)
  const copied = new Float32Array(32 * side).fill(0.5)
  const drawn = (row: number) => [1, 2, 3].map((away) => turns[(row + 7 * away) % turns.length]!)
  let samples = 0
  const times = await cpuInTurn(7, {
    async plan() {
      samples = 0
      const means = { turns: [], goOn: () => undefined, planned: () => undefined }
      for await (const step of prepared.steps(means)) samples += step.rows.length
    },
    async collate() {
      for (let at = 0; at + BATCH <= rows.length; at += BATCH) {
        const made = rows
          .slice(at, at + BATCH)
          .map((row) => ({ ...assembleTurns(turns[row]!, drawn(row), rules), slots: [] }))
        const step = { epoch: 0, step: at / BATCH }
        collate(
          step,
          made.map((sample) => [sample]),
          () => floats as never,
          prepared.collateRules,
        )
      }
    },
    // Both into memory that goes round, as that of batches does: where it is new to the process, most of either time is the system's.
    async pixels() {
      for (let batch = 0; batch < 8; batch++) {
        for (let i = 0; i < 32; i++) writePixels(pictures[(32 * batch + i) % 256]!, target, i * side)
      }
    },
    // Of a whole batch: what is copied lies as little in a cache as pictures and batches do.
    async memcpy() {
      for (let batch = 0; batch < 8; batch++) target.set(copied)
    },
  })
  await dataset.close()
  report({ metric: 'planning', value: (samples / times.plan) * 1000, unit: 'samples/s', bound: 100_000 })
  report({
    metric: 'rows of ids, labels and masks from tokenised turns, no pixels',
    value: (rows.length / times.collate) * 1000,
    unit: 'samples/s',
    bound: 20_000,
  })
  report({
    metric: 'pixels normalised into a batch',
    value: (256 / times.pixels) * 1000,
    unit: '/s',
    rival: 'memcpy of as many floats',
    ratio: times.memcpy / times.pixels,
  })
}
