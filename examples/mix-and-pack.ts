// Two data sets with weights as one stream, each with contexts of its own, packed into full rows; and what that saves.
// Run it with `npx tsx examples/mix-and-pack.ts`; it needs nothing but what `npm ci` installed.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importMimicIt } from 'mimicit/import'
import { tokenizeDataset } from 'mimicit/layout'
import { loadMimicIT, simulateEpoch } from 'mimicit/loader'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'out', 'mix-and-pack')
const fixture = (name: string) => join(root, 'fixtures', 'mimicit', name)
rmSync(out, { recursive: true, force: true })

for (const name of ['LA', 'CGD']) {
  const files = { instructions: [fixture(`${name}_instructions.json`)], images: [fixture('LA.json')] }
  await importMimicIt({ ...files, train: [fixture(`${name}_train.json`)], out: join(out, name) })
  // Counted once, so that no rank has to count while it trains.
  await tokenizeDataset(join(out, name), { tokenizer: 'bytes', ids: true })
}

const sources = [
  { source: join(out, 'LA'), weight: 3, shots: 2 },
  // Pairs of pictures: no contexts, and all pairs are queries.
  { source: join(out, 'CGD'), weight: 1, shots: 0, queries: 'all' },
] as const
const options = { batchSize: 8, imageSize: 64, epochSamples: 200, seed: 1 }
const counts = { LA: 0, CGD: 0 }
for await (const { ids } of loadMimicIT(sources, options)) {
  for (const id of ids) counts[id.startsWith('CGD') ? 'CGD' : 'LA']++
}
console.log(`weights 3 and 1: ${counts.LA} samples of LA, ${counts.CGD} of CGD`)

const packing = { ...options, batchSize: 4, maxTokens: 1024, pack: true }
let rows = 0
let samples = 0
for await (const { shape, ids, segmentIds } of loadMimicIT(sources, packing)) {
  if (segmentIds === undefined) throw new Error('packed batches tell the sample of every token')
  rows += shape.B
  samples += ids.length
}
console.log(`packed: ${samples} samples in ${rows} rows of at most ${packing.maxTokens} tokens`)

const { padding, plainPadding } = await simulateEpoch(sources, packing)
console.log(`${padding?.paddingTokens} tokens of padding instead of ${plainPadding?.paddingTokens}`)
