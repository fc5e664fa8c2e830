// A thread of the bounds: reads and hashes the runs it is told, into the buffer that comes with them or into its own.
// @ts-check
import crypto, { createHash } from 'node:crypto'
import { openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { runsOf, shardsOf } from './runs.js'

const { dir, runBytes } = workerData
const hash = crypto.hash ?? ((algorithm, data) => createHash(algorithm).update(data).digest())
const files = shardsOf(dir).map(({ path }) => openSync(path, 'r'))
const runs = runsOf(dir, runBytes)
const own = new Uint8Array(runBytes)

parentPort?.on('message', (/** @type {{ runs: number[], buffer?: ArrayBuffer }} */ asked) => {
  const bytes = asked.buffer === undefined ? own : new Uint8Array(asked.buffer)
  for (const number of asked.runs) {
    const run = runs[number]
    if (run === undefined) continue
    readSync(files[run.shard] ?? 0, bytes, 0, run.bytes, run.offset)
    for (const { offset, length } of run.places) {
      hash('sha256', bytes.subarray(offset - run.offset, offset - run.offset + length), 'buffer')
    }
  }
  parentPort?.postMessage(asked.buffer, asked.buffer === undefined ? [] : [asked.buffer])
})
parentPort?.postMessage('ready')
