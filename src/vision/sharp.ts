// sharp, set up once: no cache, one thread a picture. Several pictures in flight beat any other setting. It is loaded when
// it is first used: its library takes 20 MB, and much that can decode pictures never has to.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type sharpModule from 'sharp'

type Sharp = typeof sharpModule

const require = createRequire(import.meta.url)
let loaded: Sharp | undefined

function load(): Sharp {
  if (loaded !== undefined) return loaded
  // Its ES module imports JSON with an attribute, which is a syntax error in Node 20.9 and a warning on stderr up to
  // Node 22; its CommonJS build works in all of them.
  loaded = require('sharp') as Sharp
  loaded.cache(false)
  loaded.concurrency(1)
  return loaded
}

export const sharp: Sharp = new Proxy((() => undefined) as unknown as Sharp, {
  apply: (_, __, given: Parameters<Sharp>) => load()(...given),
  get: (_, name) => load()[name as keyof Sharp],
})

/** The version of sharp that is installed; it is not loaded for that. */
export function sharpVersion(): string {
  const manifest = new URL('../package.json', pathToFileURL(require.resolve('sharp')))
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version
}
