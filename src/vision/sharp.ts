// sharp, set up once: no cache, one thread a picture. Several pictures in flight beat any other setting.
import { createRequire } from 'node:module'
import type sharpModule from 'sharp'

// Its ES module imports JSON with an attribute, which is a syntax error in Node 20.9 and a warning on stderr up to
// Node 22; its CommonJS build works in all of them.
const sharp = createRequire(import.meta.url)('sharp') as typeof sharpModule

sharp.cache(false)
sharp.concurrency(1)

export { sharp }
