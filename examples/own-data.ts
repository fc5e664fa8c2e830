// Your own pictures and questions, from a JSON Lines file to a trained model that answers. A line is
// {"id": …, "instruction": …, "response": …, "images": ["a.jpg"]}, with paths from the folder of the file.
// Run it with `npx tsx examples/own-data.ts [pairs.jsonl]`; without a file it writes one for pictures of this repository. STEPS says how long it trains.
import './support/clear-errors.js'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildContext, selectContexts } from 'mimicit/context'
import { importDataset } from 'mimicit/import'
import { assemblyRules } from 'mimicit/loader'
import { answerQuery } from 'mimicit/otter'
import { openDataset, verifyDataset } from 'mimicit/shards'
import { loadRun, runSettings, startRun } from 'mimicit/train'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'out', 'own-data')
rmSync(out, { recursive: true, force: true })

function writePairs(): string {
  const folder = join(out, 'my')
  mkdirSync(folder, { recursive: true })
  const lines = []
  for (const [name, what] of [
    ['000000084284', 'a room'],
    ['000000516008', 'a desk'],
    ['000000408805', 'animals'],
    ['000000000790', 'food'],
  ] as const) {
    cpSync(join(root, 'docs', 'syphus', `${name}.jpg`), join(folder, `${name}.jpg`))
    const images = [`${name}.jpg`]
    lines.push({ id: `${name}-what`, instruction: 'What is this?', response: `It is ${what}.`, images })
    lines.push({ id: `${name}-photo`, instruction: 'Is this a photograph?', response: 'Yes, it is.', images })
  }
  const path = join(folder, 'pairs.jsonl')
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return path
}

const pairs = process.argv[2] ?? writePairs()
const steps = Number(process.env.STEPS ?? 60)
const data = join(out, 'data')

const { manifest } = await importDataset({ paths: [pairs], out: data })
const { ok } = await verifyDataset(data, { deep: true })
console.log(`${manifest.tables.pairs.rows} pairs, ${manifest.tables.media.rows} pictures, verified: ${ok}`)

await buildContext(data, { name: 'near', select: 'text-similarity', k: 2 })

const loader = { batchSize: 4, shots: 1, context: 'stored:near', maxTokens: 256 }
const settings = runSettings({ dataset: data, model: 'tiny', steps, lr: 4e-3, beta2: 0.95, loader })
const { metrics } = await startRun(join(out, 'run'), settings)
console.log(`loss ${metrics[0]?.loss.toFixed(3)} -> ${metrics.at(-1)?.loss.toFixed(3)} in ${steps} steps`)

// Ask it, with one in-context example.
const { model } = await loadRun(join(out, 'run'))
const dataset = await openDataset(data)
const query = await dataset.pair(0)
const near = await selectContexts(dataset, 'stored:near')
const contexts = await Promise.all((await near.contexts(0)).slice(0, 1).map((row) => dataset.pair(row)))
const rules = await assemblyRules(settings.loader)
const { text } = await answerQuery(model, { dataset, query, contexts, rules, maxNewTokens: 24 })
console.log(`${query.instruction} -> ${text} (written: ${query.response})`)
await dataset.close()
model.dispose()
