// Imports of any form in tests: files to import from, and what the data set holds afterwards, as plain values.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { openDataset } from '../../src/shards/dataset.js'
import type { Pair } from '../../src/tuple/tuple.js'

/** A picture of one colour; another number is another picture. */
export async function picture(n: number, format: 'png' | 'jpeg' | 'webp' = 'png'): Promise<Buffer> {
  const background = { r: (n * 37) % 256, g: (n * 91) % 256, b: (n * 53) % 256 }
  const image = sharp({ create: { width: 4 + (n % 5), height: 3, channels: 3, background } })
  return image.toFormat(format).toBuffer()
}

/** Writes files below a folder; objects become JSON, lists of objects under a `.jsonl` name one line each. */
export function writeFiles(folder: string, files: Readonly<Record<string, unknown>>): string {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    const lines = () => `${(content as unknown[]).map((line) => JSON.stringify(line)).join('\n')}\n`
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(path, content)
    else writeFileSync(path, name.endsWith('.jsonl') ? lines() : JSON.stringify(content))
  }
  return folder
}

/** Pairs, contexts by table and pictures by their ids. */
export async function imported(out: string) {
  const dataset = await openDataset(out)
  try {
    const pairs: (Omit<Pair, 'metadata'> & { readonly metadata: unknown })[] = []
    for await (const [, pair] of dataset.pairs()) {
      pairs.push({ ...pair, metadata: pair.metadata === null ? null : (JSON.parse(pair.metadata) as unknown) })
    }
    const contexts: Record<string, Record<string, string[]>> = {}
    for (const name of Object.keys(dataset.manifest.contexts)) {
      const table = await dataset.context(name)
      const rows = await Promise.all([...table.queries].map(async (query) => (await table.get(query))!))
      contexts[name] = Object.fromEntries(
        rows.map((row) => [pairs[row.query]!.id, [...row.contexts].map((at) => pairs[at]!.id)]),
      )
    }
    const media = []
    for (let row = 0; row < dataset.manifest.tables.media.rows; row++) media.push(await dataset.media(row))
    return { pairs, contexts, media }
  } finally {
    await dataset.close()
  }
}
