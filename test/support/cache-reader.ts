// A process of its own that reads blocks of one file through a cache and prints their hashes:
// cache-reader.ts <location> <directory> <bytes> <blocks, one digit each>
import { sha256Hex } from '../../src/base/hash.js'
import { BLOCK_BYTES } from '../../src/io/cache/with-cache.js'
import { openStore } from '../../src/io/store.js'

const [location = '', dir = '', maxBytes, order = ''] = process.argv.slice(2)
const store = openStore(location, { cache: { dir, maxBytes: Number(maxBytes) } })
const file = await store.open('big')
for (const block of order) {
  const offset = Number(block) * BLOCK_BYTES
  console.log(sha256Hex(await file.read(offset, Math.min(BLOCK_BYTES, file.byteLength - offset))))
}
await store.close?.()
