// `npm run parity -- <folder ...> [--backend wasm] [--all]`: our model against the numbers of golden folders. Prints every
// difference beside its tolerance, of tensors of one kind only the closest call unless --all is given; ends with 1 if one is beyond.
import { parseArgs } from 'node:util'
import { type BackendName, chooseBackend } from '../src/tensors/backend.js'
import { type Check, checkFolder } from './checks.js'
import { readGoldenFolder } from './folder.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { backend: { type: 'string', default: 'wasm' }, all: { type: 'boolean', default: false } },
})
if (positionals.length === 0) {
  console.error('usage: npm run parity -- <folder ...> [--backend auto|wasm|node|node-gpu|webgpu|cpu] [--all]')
  process.exit(2)
}

const beyond = ({ difference, tolerance }: Check) => !(difference <= tolerance)
/** What the per-tensor checks have in common. */
const kind = (what: string) => what.replace(/^(grad\.|(?:abs_)?sum of ).*/, '$1*')
const closeness = ({ difference, tolerance }: Check) => (tolerance === 0 ? difference : difference / tolerance)

function print({ what, difference, tolerance }: Check): void {
  const sign = beyond({ what, difference, tolerance }) ? 'BEYOND' : 'ok'
  console.log(
    `  ${sign.padEnd(6)} ${what.padEnd(72)} ${difference.toExponential(1).padStart(9)}  <= ${tolerance.toExponential(1)}`,
  )
}

const { tf, name } = await chooseBackend(values.backend as BackendName)
let wrong = 0
for (const folder of positionals) {
  console.log(`${folder} on ${name}`)
  const closest = new Map<string, Check>()
  let count = 0
  let failed = 0
  for await (const check of checkFolder(tf, readGoldenFolder(folder))) {
    count++
    if (beyond(check)) failed++
    if (values.all || beyond(check)) print(check)
    const before = closest.get(kind(check.what))
    if (before === undefined || closeness(check) > closeness(before)) closest.set(kind(check.what), check)
  }
  if (!values.all) for (const check of closest.values()) if (!beyond(check)) print(check)
  console.log(`  ${count} compared, ${failed} beyond their tolerance`)
  wrong += failed
}
process.exit(wrong === 0 ? 0 : 1)
