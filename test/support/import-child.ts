// A process of its own that imports with tiny shards and tells every step, so that a test can kill it at any of them.
import { type ImportDatasetOptions, importDatasetSized } from '../../src/import/import-dataset.js'
import { TINY_SIZES } from './tiny-sizes.js'

const options = JSON.parse(process.argv[2]!) as ImportDatasetOptions
const onProgress = ({ stage, done }: { readonly stage: string; readonly done: number }) =>
  process.stdout.write(`${stage} ${done}\n`)
await importDatasetSized({ ...options, onProgress }, TINY_SIZES)
