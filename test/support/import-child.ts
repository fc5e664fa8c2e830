// A process of its own that imports with tiny shards and tells every step, so that a test can kill it at any of them.
import { importMimicItSized as runImport } from '../../src/import/mimic-it/index.js'
import { TINY_SIZES } from './tiny-sizes.js'

const options = JSON.parse(process.argv[2]!) as Parameters<typeof runImport>[0]
await runImport({ ...options, onProgress: ({ stage, done }) => process.stdout.write(`${stage} ${done}\n`) }, TINY_SIZES)
