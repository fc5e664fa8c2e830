// A data set on a web server, streamed as batches: nothing is downloaded as a whole, blocks that were read are kept in a
// cache, and a second epoch asks the server for next to nothing.
// Run it with `npx tsx examples/from-http.ts [url]`; without an address it serves the fixtures itself.
import './support/clear-errors.js'
import { createReadStream, rmSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importMimicIt } from 'mimicit/import'
import { loadMimicIT } from 'mimicit/loader'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'out', 'from-http')
rmSync(out, { recursive: true, force: true })

/** Any server will do that answers ranges: nginx, a bucket, a CDN. This one is for the fixtures. */
async function serveFixtures(): Promise<{ url: string; close(): void }> {
  const fixture = (name: string) => join(root, 'fixtures', 'mimicit', name)
  const images = [fixture('LA.json')]
  const train = [fixture('LA_train.json')]
  await importMimicIt({ instructions: [fixture('LA_instructions.json')], images, train, out: join(out, 'data') })
  const server = createServer(async (request, response) => {
    const path = join(out, 'data', normalize(`/${decodeURIComponent(request.url ?? '')}`))
    const size = await stat(path).then(
      (found) => (found.isFile() ? found.size : undefined),
      () => undefined,
    )
    if (size === undefined) return void response.writeHead(404).end()
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    if (from === undefined) return void createReadStream(path).pipe(response.writeHead(200, { 'content-length': size }))
    const [start, end] = [Number(from), Math.min(to ? Number(to) : size - 1, size - 1)]
    response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${size}`, 'content-length': end - start + 1 })
    createReadStream(path, { start, end }).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() }
}

const given = process.argv[2]
const served = given === undefined ? await serveFixtures() : undefined
const options = { batchSize: 8, shots: 2, imageSize: 64, epochs: 2, cacheDir: join(out, 'cache'), cacheBytes: 1e9 }
const loader = loadMimicIT(given ?? served!.url, options)
let epoch = 0
let before = 0
const tell = () => {
  const { requests, bytes } = loader.stats().store ?? { requests: 0, bytes: 0 }
  console.log(`epoch ${epoch}: ${requests - before} requests, ${bytes} bytes from the server so far`)
  before = requests
}
for await (const batch of loader) {
  if (batch.epoch !== epoch) {
    tell()
    epoch = batch.epoch
  }
}
tell()
served?.close()
