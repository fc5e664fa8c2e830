// Do in-context examples help, and does it matter which? Trains the tiny model with 0, 2 and 4 shots and with two in-context
// functions, on the same queries in the same order, and prints the losses side by side.
// Run it with `npx tsx examples/swap-context.ts [steps]`; it needs nothing but what `npm ci` installed.
import './support/clear-errors.js'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildContext, contextStatistics, importMimicIt, openDataset, runSettings, startRun } from 'mimicit'

const steps = Number(process.argv[2] ?? 15)
const root = fileURLToPath(new URL('..', import.meta.url))
const fixture = (name: string) => join(root, 'fixtures', 'mimicit', name)
const out = join(root, 'out', 'swap-context')
const data = join(out, 'data')

rmSync(out, { recursive: true, force: true })
await importMimicIt({ instructions: [fixture('LA_instructions.json')], images: [fixture('LA.json')], out: data })

// Two functions: the most similar instructions, and anything at all. A function of one's own would stand here as well:
// select: (query, dataset, rng) => rows.
for (const select of ['text-similarity', 'random']) {
  await buildContext(data, { name: select, select, k: 4 })
  const dataset = await openDataset(data)
  const { affinity } = await contextStatistics(dataset, select)
  await dataset.close()
  const share = (part: number) => `${(part * 100).toFixed(1)} %`
  console.log(
    `${select}: instructions share ${share(affinity.instruction.contexts)} of their words with their contexts'`,
  )
}

console.log(
  `\n${'contexts'.padEnd(18)} ${'shots'.padStart(5)} ${'first loss'.padStart(11)} ${'final loss'.padStart(11)}`,
)
for (const [context, shots] of [
  ['none', 0],
  ['text-similarity', 2],
  ['random', 2],
  ['text-similarity', 4],
  ['random', 4],
] as const) {
  const settings = runSettings({
    dataset: data,
    model: 'tiny',
    steps,
    lr: 4e-3,
    beta2: 0.95,
    // Loss on the query's answer only, so that more shots do not mean more to learn from.
    loader: {
      batchSize: 4,
      context: context === 'none' ? 'none' : `stored:${context}`,
      shots,
      labels: 'query',
      maxTokens: 512,
    },
  })
  const { metrics } = await startRun(join(out, `${context}-${shots}`), settings)
  const last = metrics.slice(-5)
  const mean = last.reduce((sum, { loss }) => sum + loss / last.length, 0)
  const first = metrics[0]?.loss ?? Number.NaN
  console.log(
    `${context.padEnd(18)} ${String(shots).padStart(5)} ${first.toFixed(3).padStart(11)} ${mean.toFixed(3).padStart(11)}`,
  )
}
console.log(`
What to read from it: with a few hundred thousand parameters, ${steps} steps and photographs at 32 pixels the model learns the form of
the answers. Whether contexts help shows in the final losses of one row against another, not in their size; train longer
(npx tsx examples/swap-context.ts 600) for a clearer picture.`)
