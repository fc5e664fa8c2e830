// A training list made of a stored context table by a strategy, as a table of its own.
import { resolve } from 'node:path'
import { z } from 'zod'
import { MimicitError } from '../base/errors.js'
import { parseOptions, pick } from '../base/options.js'
import { version } from '../base/version.js'
import { appendDataset } from '../shards/append-dataset.js'
import { contextRows } from '../shards/context-rows.js'
import { openDataset } from '../shards/dataset.js'
import type { Manifest } from '../shards/manifest.js'
import { readPairFacts } from './facts.js'
import { repeated, strategies } from './strategies.js'

/** How a training list is made. */
export interface DeriveOptions {
  /** Name of the new table; `train` is what a loader uses unless told otherwise. */
  readonly name: string
  /** The context table it is made of. */
  readonly from: string
  /** Name of the strategy. */
  readonly strategy: string
  /** Contexts of a query at most, for strategies that cut. @default 2 */
  readonly k?: number
  /** Repeats contexts until there are k, as the published lists do. @default false */
  readonly repeat?: boolean
  /** @default 0 */
  readonly seed?: number
  /** Takes the place of a table of that name. @default false */
  readonly replace?: boolean
}

const schema = z.strictObject({
  name: z.string().min(1),
  from: z.string(),
  strategy: z.string(),
  k: z.int().min(1).default(2),
  repeat: z.boolean().default(false),
  seed: z.int().default(0),
  replace: z.boolean().default(false),
})

/**
 * Adds a training list to a data set.
 * @param source directory of a data set
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_VALUE, MIMICIT_NOT_EMPTY, MIMICIT_BUSY
 */
export async function deriveContext(source: string, options: DeriveOptions): Promise<Manifest> {
  const { name, from, replace, ...parameters } = parseOptions('deriveContext', schema, options)
  const { strategy, k, seed, repeat } = parameters
  const make = pick('the strategy', strategies, strategy)
  const root = resolve(source)
  const dataset = await openDataset(root)
  try {
    const { contexts, orderKey } = dataset.manifest
    const { select, pairs } = pick(`the context tables of ${root}`, contexts, from)
    if (Object.hasOwn(contexts, name) && (!replace || name === from)) {
      throw new MimicitError('MIMICIT_NOT_EMPTY', {
        expected: 'a name that no context table has',
        where: root,
        received: JSON.stringify(name),
        hint: 'Give another name, or replace it (--replace); a table is not made of itself.',
      })
    }
    const facts = await readPairFacts(dataset)
    const rows = make(contextRows(dataset, from), { k, seed, facts })
    const writer = await appendDataset(root, orderKey)
    try {
      const order = select.parameters.order
      const table = await writer.context(name, {
        name: `${strategy} of ${from}`,
        parameters: { from: { ...select }, ...parameters, ...(order !== undefined && { order }) },
        replaces: replace,
        pairs,
      })
      for await (const row of repeat ? repeated(rows, k) : rows) await table.add(row)
      const provenance = { tool: 'mimicit', version, command: 'context', time: new Date().toISOString() }
      return await writer.finish({ ...provenance, context: name, from, ...parameters })
    } catch (error) {
      await writer.abort()
      throw error
    }
  } finally {
    await dataset.close()
  }
}
