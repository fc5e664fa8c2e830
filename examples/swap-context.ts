// Do in-context examples help, and does it matter which? A small model learns with the examples of one in-context function and is
// asked held-out questions with those of others: the same weights, the same questions, another C_psi.
//
// Every question is there twice, for two annotators: one answers in a word ("yes"), the other in a sentence ("There is."). Nothing
// in a question says whose answer is wanted; its examples do, if they are well chosen. Such things, the form of an answer, the words
// in use, are what examples tell first. Pictures are left out: it is about texts, and takes half as long.
// Run it with `npx tsx examples/swap-context.ts [steps]`; it needs nothing but what `npm ci` installed.
import './support/clear-errors.js'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildContext, type ContextFunction } from 'mimicit/context'
import { importDataset } from 'mimicit/import'
import { loadMimicIT } from 'mimicit/loader'
import { presets } from 'mimicit/otter'
import { byteTokenizer } from 'mimicit/text'
import { loadRun, runSettings, startRun } from 'mimicit/train'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'out', 'swap-context')
const data = join(out, 'data')
const run = join(out, 'run')

// Little is made ahead: nobody takes the batches after the last step.
const loader = { context: 'stored:same-annotator', shots: 2, batchSize: 8, maxTokens: 256, prefetchBytes: 1e6 } as const
const texts = { mediaLayout: 'text-only', split: 'train' } as const
const steps = Number(process.argv[2] ?? 40)
// Lines of a hundred bytes need no more: two layers of the three of `tiny`, three quarters as wide, take half the time.
const tiny = presets.tiny(byteTokenizer)
const modelConfig = {
  ...tiny,
  cross_attn_every_n_layers: 2,
  text_config: { ...tiny.text_config, num_hidden_layers: 2, hidden_size: 48, intermediate_size: 96 },
}
const learning = { steps, lr: 5e-3, beta2: 0.95 }
const settings = runSettings({ dataset: data, ...learning, modelConfig, loader: { ...loader, ...texts } })

/** Questions about the photographs of the fixtures, answered by both; those about the last four pictures are held out. */
function writePairs(): readonly { readonly id: string; readonly split: string }[] {
  const fixture = readFileSync(join(root, 'fixtures', 'mimicit', 'LA_instructions.json'), 'utf8')
  const source = Object.entries(JSON.parse(fixture).data as Record<string, { instruction: string; answer: string }>)
  const pictures = [...new Set(source.map(([id]) => id.split('_')[2]))]
  const lines = source.flatMap(([id, { instruction, answer }]) => {
    const thing = /^(?:Is there|How many) (.+?) (?:in the picture|are there)\?$/.exec(instruction)?.[1]
    const word = /^(Yes|No)\b/.exec(answer)?.[1]?.toLowerCase() ?? /^There (?:is|are) (\d+)/.exec(answer)?.[1]
    if (thing === undefined || word === undefined) return []
    const sentence = word === 'yes' ? 'There is.' : word === 'no' ? 'There is none.' : `There are ${word}.`
    const split = pictures.indexOf(id.split('_')[2]) < pictures.length - 4 ? 'train' : 'validation'
    return Object.entries({ word, sentence }).map(([annotator, response]) => {
      return { id: `${annotator}/${id}`, instruction: `${thing}?`, response, split }
    })
  })
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'pairs.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return lines
}

rmSync(out, { recursive: true, force: true })
const pairs = writePairs()
await importDataset({ paths: [join(out, 'pairs.jsonl')], out: data })

// In-context functions of one's own: rows for a query, whose response they never see.
const annotatorOf = (id: string) => id.split('/')[0]
const by =
  (same: boolean): ContextFunction =>
  (query, _dataset, random) => {
    const fits = (id: string) => (annotatorOf(id) === annotatorOf(query.id)) === same
    const rows = [...pairs.keys()].filter((row) => {
      return row !== query.row && pairs[row]!.split === query.split && fits(pairs[row]!.id)
    })
    return Array.from({ length: 4 }, () => rows.splice(random.below(rows.length), 1)[0]!)
  }
const functions = { 'same-annotator': by(true), random: 'random', 'other-annotator': by(false) } as const
for (const [name, select] of Object.entries(functions)) await buildContext(data, { name, select, k: 4 })

const { metrics } = await startRun(run, settings)
console.log(
  `${steps} steps with two examples by same-annotator: loss ${metrics[0]?.loss.toFixed(2)} -> ${metrics.at(-1)?.loss.toFixed(2)}`,
)

const { model } = await loadRun(run)
/** The loss on the answer of each held-out question. */
async function losses(context: string, shots: number): Promise<readonly number[]> {
  const asked = { ...loader, ...texts, split: 'validation', context, shots, queries: 'all', labels: 'query' } as const
  const all: number[] = []
  for await (const batch of loadMimicIT(data, { ...asked, batchSize: 1, shuffle: 'none', imageSize: 32 })) {
    const loss = model.loss(batch)
    all.push((await loss.data())[0]!)
    loss.dispose()
  }
  return all
}

const none = await losses('none', 0)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
console.log(
  `\n${none.length} held-out questions\n${'contexts'.padEnd(16)} shots   loss   less than with none (standard error)`,
)
console.log(`${'none'.padEnd(16)}     0  ${mean(none).toFixed(3)}`)
for (const name of Object.keys(functions)) {
  for (const shots of [1, 2]) {
    const own = await losses(`stored:${name}`, shots)
    // Question by question, so that hard questions do not blur it.
    const gains = own.map((loss, i) => none[i]! - loss)
    const error = Math.sqrt(mean(gains.map((gain) => (gain - mean(gains)) ** 2)) / (gains.length - 1))
    const gain = `${mean(gains) < 0 ? '' : ' '}${mean(gains).toFixed(3)}`
    console.log(`${name.padEnd(16)}     ${shots}  ${mean(own).toFixed(3)}  ${gain} (${error.toFixed(3)})`)
  }
}
model.dispose()
console.log(`
What to read from it: examples by the same annotator make the answers likelier than none do, examples by the other one less
likely: the model goes by what it is shown. \`mimicit eval benefit\` measures the same for any run and in-context function.`)
