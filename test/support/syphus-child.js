// A process of its own that runs Syphus, so that a test can kill it at any moment. It runs the built package.
import { runSyphus } from '../../dist/index.js'

const options = JSON.parse(process.argv[2])
const { maybePaid } = await runSyphus({
  ...options,
  onMeter: ({ done }) => process.stdout.write(`done ${done}\n`),
})
process.stdout.write(`finished ${maybePaid}\n`)
