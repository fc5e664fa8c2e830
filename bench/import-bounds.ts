// What an import of a file costs at least: reading it, and doing with it what no importer can do without.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { jsonEntryRuns } from '../src/import/json-stream.js'
import { imageEntries } from '../src/import/mimic-it/images.js'
import { openFile } from '../src/io/directory.js'
import { createSink } from '../src/io/sink.js'
import { loadZstd } from '../src/io/zstd.js'

/** Reads a file once. */
export async function plainRead(path: string): Promise<void> {
  for await (const _ of createReadStream(path, { highWaterMark: 1 << 20 }));
}

/** Pictures: scan, base64, SHA-256, write; on one core, as a straightforward importer would. */
export async function scanAndWrite(path: string, out: string): Promise<void> {
  const file = await openFile(path)
  const sink = await createSink(out)
  for await (const { bytes } of imageEntries(file)) {
    createHash('sha256').update(bytes).digest()
    await sink.write(bytes)
  }
  await sink.finish()
  await file.close()
}

/** What the encoder takes in one piece. */
const PIECE = 1 << 20
/** Pieces that wait for the other core at most. */
const WAITING = 2

/** Text: scan, check of the UTF-8, zstd by the pinned encoder, write; the encoder on two cores. */
export async function scanAndCompress(path: string, out: string): Promise<void> {
  const zstd = await loadZstd()
  const worker = new Worker(fileURLToPath(new URL('zstd-thread.js', import.meta.url)))
  const waiting: ((frame: Uint8Array) => void)[] = []
  worker.on('message', (frame: Uint8Array) => waiting.shift()?.(frame))
  const file = await openFile(path)
  const sink = await createSink(out)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const frames: Promise<Uint8Array>[] = []
  let piece = Buffer.alloc(PIECE)
  let filled = 0
  const compress = async () => {
    const full = piece.subarray(0, filled)
    if (waiting.length >= WAITING) frames.push(Promise.resolve(zstd.compress(full)))
    else {
      worker.postMessage(full, [full.buffer as ArrayBuffer])
      frames.push(new Promise((resolve) => waiting.push(resolve)))
      piece = Buffer.alloc(PIECE)
    }
    filled = 0
    while (frames.length > 2 * WAITING) await sink.write(await frames.shift()!)
    // Lets the answers of the other core in.
    await new Promise((resolve) => setImmediate(resolve))
  }
  for await (const run of jsonEntryRuns(file, ['data'])) {
    for (const { value } of run) {
      decoder.decode(value)
      if (filled + value.byteLength > PIECE) await compress()
      piece.set(value, filled)
      filled += value.byteLength
    }
  }
  await compress()
  for (const frame of frames) await sink.write(await frame)
  await sink.finish()
  await file.close()
  await worker.terminate()
}
