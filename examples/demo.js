// The whole way in one go: files of MIMIC-IT -> data set -> verified -> a small Otter trained on it -> an answer about a
// picture that it has never seen, with two in-context examples. Everything lies in out/demo afterwards.
// Run it with `npm run demo`; it needs nothing but what `npm ci` installed.
// @ts-check
import { rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  answerQuery,
  assemblyRules,
  importMimicIt,
  loadRun,
  openDataset,
  runSettings,
  selectContexts,
  startRun,
  verifyDataset,
} from 'mimicit'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const files = join(root, 'fixtures', 'mimicit')
const out = join(root, 'out', 'demo')
const data = join(out, 'data')
const run = join(out, 'run')
const began = performance.now()
const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`
/** @param {string} path */
const shown = (path) => relative(process.cwd(), path) || path

rmSync(out, { recursive: true, force: true })

console.log('1. import: photographs and human captions of COCO, in the original file forms')
const { manifest } = await importMimicIt({
  instructions: [join(files, 'LA_instructions.json'), join(files, 'CGD_instructions.json')],
  images: [join(files, 'LA.json')],
  train: [join(files, 'LA_train.json'), join(files, 'CGD_train.json')],
  out: data,
})
const { pairs, media } = manifest.tables
console.log(`   ${pairs.rows} pairs, ${media.rows} pictures, contexts: ${Object.keys(manifest.contexts).join(', ')}`)

console.log('2. verify: every file, hash, reference and picture')
const report = await verifyDataset(data, { deep: true })
if (!report.ok) throw new Error(`the data set is damaged: ${JSON.stringify(report.issues)}`)
console.log(`   no fault in ${report.pairs} pairs and ${report.pictures} pictures (${seconds()} so far)`)

console.log('3. train: a tiny Otter from random weights, two in-context examples a query')
const settings = runSettings({
  dataset: data,
  model: 'tiny',
  steps: 320,
  lr: 4e-3,
  beta2: 0.95,
  loader: { batchSize: 4, shots: 2, maxTokens: 320 },
})
let waited = 0
let trainBegan = performance.now()
const { metrics, checkpoint, curve } = await startRun(run, settings, {
  onReady(facts) {
    trainBegan = performance.now()
    console.log(`   ${facts.parameters} parameters on ${facts.backend}, ${facts.stepsPerEpoch} steps an epoch`)
  },
  onStep({ step, loss, dataWaitMs }, steps) {
    waited += dataWaitMs
    const elapsed = performance.now() - trainBegan
    const done = step / steps
    const bar = '█'.repeat(Math.round(done * 30)).padEnd(30, '░')
    const rate = ((step * 1000) / elapsed).toFixed(1)
    const line = `   ${bar} ${step}/${steps}  loss ${loss.toFixed(3)}  ${rate} steps/s  data wait ${((100 * waited) / elapsed).toFixed(1)} %`
    if (process.stdout.isTTY) process.stdout.write(`\r${line}\x1b[K${step === steps ? '\n' : ''}`)
    else if (step === 1 || step % 40 === 0) console.log(line)
  },
})
const first = metrics[0]?.loss ?? Number.NaN
const last = metrics.slice(-10).reduce((sum, { loss }) => sum + loss / 10, 0)
console.log(
  `   loss: first ${first.toFixed(3)}, final ${last.toFixed(3)} (mean of the last 10), ratio ${(last / first).toFixed(2)}`,
)

console.log('4. ask: a photograph that was held out of training, two in-context examples')
const { model } = await loadRun(run)
const dataset = await openDataset(data)
const related = await selectContexts(dataset, 'stored:rel_ins_ids')
const row = await dataset.pairRow('LA_INS_000000408805_4')
const query = await dataset.pair(row)
const shots = (await related.contexts(row)).slice(0, 2)
const contexts = await Promise.all(shots.map((at) => dataset.pair(at)))
const rules = await assemblyRules(settings.loader)
const answer = await answerQuery(model, { dataset, query, contexts, rules, maxNewTokens: 64 })
for (const pair of contexts) console.log(`   [${pair.mediaIds}] ${pair.instruction} -> ${pair.response}`)
console.log(`   [${query.mediaIds}] ${query.instruction}`)
console.log(`   the model says:  ${answer.text}${answer.complete ? '' : ' …'}`)
console.log(`   a person wrote:  ${query.response}`)
await dataset.close()
model.dispose()

console.log(`
Done in ${seconds()}, ${Math.round(process.resourceUsage().maxRSS / 1024)} MB of memory at most.
   data set     ${shown(data)}
   checkpoint   ${shown(checkpoint ?? run)}
   loss curve   ${shown(curve)}
   metrics      ${shown(join(run, 'metrics.jsonl'))}

What such a model can and cannot do: with a few hundred thousand parameters and 128 training samples it learns the form
of the answers and scraps of their wording ("Yes, there is a ..."), letter by letter; it has far too little data to spell
well, or to know what a photograph shows. That the same code does learn to look, and to follow its in-context examples, is
proven on drawn pictures in
test/long/looks.test.ts.`)
