// A process of its own that imports with tiny shards and tells every step, so that a test can kill it at any of them. It
// runs the built package, which starts in a third of the time of the sources.
import { importDatasetSized } from '../../dist/import/import-dataset.js'

const [options, sizes] = process.argv.slice(2).map((text) => JSON.parse(text))
const onProgress = ({ stage, done }) => process.stdout.write(`${stage} ${done}\n`)
await importDatasetSized({ ...options, onProgress }, sizes)
