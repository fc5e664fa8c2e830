// One search in a process of its own, so that its memory can be told: approximate top-10 over a million clustered vectors.
// Prints JSON. Run by bench/context.ts.
// @ts-check
import { randomStream } from '../../dist/base/random.js'
import { createSimilarityIndex } from '../../dist/context/search/similarity-index.js'

const [count = 0, dimensions = 0, centres = 0, asked = 0, threads = 0] = process.argv.slice(2).map(Number)
const random = randomStream('bench context')
const normals = Float32Array.from({ length: 1 << 16 }, () => random.normal())
const room = new SharedArrayBuffer(count * dimensions * 4)
const values = new Float32Array(room)
const middle = Float32Array.from({ length: centres * dimensions }, () => normals[random.below(normals.length)] ?? 0)
// Vector i lies around centre i % centres: the centre plus 0.7 times a normal vector, of unit length.
for (let i = 0; i < count; i++) {
  const centre = (i % centres) * dimensions
  const noise = random.below(normals.length)
  let norm = 0
  for (let j = 0; j < dimensions; j++) {
    const step = normals[(noise + j * 257) % normals.length] ?? 0
    const value = (middle[centre + j] ?? 0) + 0.7 * step
    values[i * dimensions + j] = value
    norm += value * value
  }
  const scale = 1 / Math.sqrt(norm)
  for (let j = 0; j < dimensions; j++) values[i * dimensions + j] = (values[i * dimensions + j] ?? 0) * scale
}
const vectors = { values, dimensions }
const queries = Array.from({ length: asked }, () => random.below(count))
let began = performance.now()
const cells = await createSimilarityIndex(vectors, [0, count], { search: 'cells', recall: 0.97, threads, seed: 0 })
const buildMs = performance.now() - began
began = performance.now()
const found = await cells.nearest(queries, 10)
const searchMs = performance.now() - began
await cells.close()
const peak = process.resourceUsage().maxRSS * 1024
const exact = await createSimilarityIndex(vectors, [0, count], { search: 'exact', recall: 1, threads, seed: 0 })
began = performance.now()
let hits = 0
// In parts, so that both threads have work.
const parts = Array.from({ length: 2 }, (_, part) => queries.slice((part * asked) / 2, ((part + 1) * asked) / 2))
const truths = (await Promise.all(parts.map((part) => exact.nearest(part, 10)))).flat()
const exactMs = performance.now() - began
await exact.close()
for (const [i, truth] of truths.entries()) {
  const items = new Set(found[i]?.map(({ item }) => item))
  hits += truth.filter(({ item }) => items.has(item)).length
}
const measured = cells.recalls[0]
console.log(JSON.stringify({ buildMs, searchMs, exactMs, peak, recall: hits / (10 * asked), measured }))
