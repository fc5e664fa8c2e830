// A second core for the bound of bench/import-bounds.ts: compresses what it is sent with the pinned encoder.
// @ts-check
import { parentPort } from 'node:worker_threads'
import { loadZstd } from '../dist/io/zstd.js'

const zstd = await loadZstd()
parentPort?.on('message', (bytes) => parentPort?.postMessage(zstd.compress(bytes)))
