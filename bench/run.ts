// `npm run bench -- <name>`: one file a question, rivals side by side in one run. Prints a table and writes
// bench/results/<name>.json.
import { pick } from '../src/base/options.js'
import { cliBench } from './cli.js'
import { contextBench } from './context.js'
import { evaluateBench } from './evaluate.js'
import { runBench } from './harness.js'
import { importBench } from './import.js'
import { importIdsBench } from './import-ids.js'
import { llmBench } from './llm.js'
import { loaderBench } from './loader.js'
import { loaderLifeBench } from './loader-life.js'
import { planBench } from './plan.js'
import { serveBatchesBench } from './serve-batches.js'
import { shardsBench } from './shards.js'
import { statsBench } from './stats.js'
import { trainBench } from './train.js'
import { viewerBench } from './viewer.js'
import { visionBench } from './vision.js'

const benches = {
  shards: shardsBench,
  stats: statsBench,
  import: importBench,
  'import-ids': importIdsBench,
  loader: loaderBench,
  'loader-life': loaderLifeBench,
  plan: planBench,
  context: contextBench,
  viewer: viewerBench,
  'serve-batches': serveBatchesBench,
  vision: visionBench,
  train: trainBench,
  llm: llmBench,
  evaluate: evaluateBench,
  cli: cliBench,
}

const [name = '', ...args] = process.argv.slice(2)
await runBench(name, pick('the bench', benches, name), args)
