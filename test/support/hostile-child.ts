// A process of its own that reads data sets which lie, so that one without end, or one that takes all memory, fails a test
// and does not hang it. Says each case before it begins; at the end, what was found and the most memory there was.
import { randomStream } from '../../src/base/random.js'
import { filesOf } from './hostile.js'
import { lyingFiles, readEverything } from './hostile-lies.js'

const { dirs, from, count } = JSON.parse(process.argv[2]!) as { dirs: string[]; from: number; count: number }
const sounds = await Promise.all(dirs.map(filesOf))
for (const sound of sounds) {
  const codes = await readEverything(sound)
  if (codes.some((code) => code !== 'MIMICIT_NOT_FOUND')) throw new Error(`a sound data set gives ${codes.join(', ')}`)
}
const found: Record<string, number> = {}
let refused = 0
for (let i = from; i < from + count; i++) {
  const { files, what } = await lyingFiles(randomStream('hostile', i), sounds[i % sounds.length]!)
  process.stdout.write(`case ${i}: ${what}\n`)
  const codes = (await readEverything(files)).filter((code) => code !== 'MIMICIT_NOT_FOUND')
  if (codes.length > 0) refused++
  for (const code of codes) found[code] = (found[code] ?? 0) + 1
}
process.stdout.write(`${JSON.stringify({ refused, found, peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`)
