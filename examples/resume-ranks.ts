// A run that stops on two ranks and goes on with four: the samples of every step stay the same, since the order is one of
// positions, not of processes.
// Run it with `npx tsx examples/resume-ranks.ts`; it needs nothing but what `npm ci` installed.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importMimicIt } from 'mimicit/import'
import { type LoaderState, loadMimicIT } from 'mimicit/loader'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'out', 'resume-ranks')
const fixture = (name: string) => join(root, 'fixtures', 'mimicit', name)
rmSync(out, { recursive: true, force: true })
const files = { instructions: [fixture('LA_instructions.json')], images: [fixture('LA.json')] }
await importMimicIt({ ...files, train: [fixture('LA_train.json')], out })

/** The ids of every step, over all ranks; here the ranks are loaders of one process, elsewhere each is a process. */
async function steps(worldSize: number, until: number, resume?: LoaderState) {
  const ids: string[][] = []
  let state: LoaderState | undefined
  for (let rank = 0; rank < worldSize; rank++) {
    const place = { rank, worldSize, ...(resume && { resume }) }
    const loader = loadMimicIT(out, { batchSize: 8, shots: 2, imageSize: 32, seed: 5, epochs: 2, ...place })
    let step = 0
    for await (const batch of loader) {
      ids[step] = [...(ids[step] ?? []), ...batch.ids]
      if (++step === until) break
    }
    state = loader.state() // the same on every rank
  }
  return { ids, state }
}

const whole = await steps(1, 10)
const before = await steps(2, 6)
const saved = JSON.stringify(before.state)
console.log(`stopped on two ranks after 6 steps, with ${saved.length} bytes of state: ${saved}`)
const after = await steps(4, 4, JSON.parse(saved) as LoaderState)
const joined = [...before.ids, ...after.ids]
const same = JSON.stringify(joined) === JSON.stringify(whole.ids)
console.log(
  `went on with four: ${joined.length} steps, ${same ? 'the same samples as one rank all along' : 'OTHER samples'}`,
)
if (!same) process.exitCode = 1
