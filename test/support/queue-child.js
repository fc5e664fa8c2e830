// A worker in a process of its own, so that a test can kill it in the middle of a part: it writes that it has begun, waits,
// and writes what it has made. It runs the built package.
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { work } from '../../dist/work/queue.js'

const [url, name, ms] = process.argv.slice(2)
const tries = new Map()
await work({
  url,
  leaseMs: 1500,
  untilEmpty: true,
  async run({ command, part, directory }) {
    const key = `${part.index}-of-${part.count}`
    appendFileSync(join(directory, 'begun.txt'), `${name} ${key}\n`)
    process.stdout.write(`${key}\n`)
    await sleep(Number(ms))
    const tried = (tries.get(key) ?? 0) + 1
    tries.set(key, tried)
    if (command[1] === 'stumble' && part.index === 2 && tried === 1) throw new Error('stumbled')
    if (command[1] === 'break' && part.index === 2) throw new Error('broken')
    writeFileSync(join(directory, key), `${command[0]} ${key}`)
  },
})
