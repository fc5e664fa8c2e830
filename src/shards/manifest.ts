// manifest.json: what makes a directory a data set. Written last and atomically; its own checksum stands at its end.
// schema/FORMAT.md describes every field, schema/manifest.schema.json is made from the schema below.
import { z } from 'zod'
import { decodeCheckedJson } from '../base/checked-json.js'
import { MimicitError } from '../base/errors.js'

const count = z.int().min(0)
const hex64 = z.string().regex(/^[0-9a-f]{64}$/)
/** Paths stay inside the data set: relative, forward slashes, no `..`. */
const path = z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[A-Za-z0-9._/-]+$/)

const rowGroup = z.strictObject({
  rows: count,
  /** First byte of the row group's columns in the file. */
  offset: count,
  bytes: count,
  /** First byte of what the footer tells of it, in the file; where a shard leaves it out, the footer is gone through for it. */
  footer: count.optional(),
})

const shard = z.strictObject({ path, rows: count, bytes: count, sha256: hex64, rowGroups: z.array(rowGroup) })

const table = z.strictObject({
  rows: count,
  shards: z.array(shard),
  /** Rows of each logical block, in order; the same in every form. */
  blocks: z.array(count),
})

const contextTable = z.strictObject({
  rows: count,
  shards: z.array(shard),
  /** The generation it was made from: pair rows [from, to) and the order key. */
  pairs: z.strictObject({ from: count, to: count }),
  orderKey: hex64,
  /** How many contexts the query with most of them has. */
  maxContexts: count,
  /** Row n is about pair n, so that nobody has to read which queries it has. */
  inOrder: z.literal(true).optional(),
  /** The function that chose them. */
  select: z.strictObject({ name: z.string(), parameters: z.record(z.string(), z.unknown()) }),
})

const lengthsTable = z.strictObject({
  rows: count,
  shards: z.array(shard),
  /** The generation it was made from: pair rows [0, to) and the order key. */
  pairs: z.strictObject({ from: z.literal(0), to: count }),
  orderKey: hex64,
  /** What counted the tokens. */
  tokenizer: z.strictObject({ name: z.string(), fingerprint: z.string() }),
  template: z.strictObject({ name: z.string(), fingerprint: z.string() }),
  cleaning: z.string(),
  /** Whether the ids of the tokens are in it too. */
  ids: z.boolean(),
})

/** Names of context and lengths tables: they become directories and configs of the dataset card. */
export const TABLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

const indexFile = z.strictObject({ path, records: count, recordBytes: z.int().min(1), bytes: count, sha256: hex64 })

const mixture = z.strictObject({
  name: z.string(),
  /** `IMAGE_TEXT`, `TEXT_ONLY`, `VIDEO_TEXT`, `IMAGE_TEXT_IN_CONTEXT`. */
  group: z.string(),
  subsets: z.array(z.string()).optional(),
  /** Pair rows [from, to). */
  pairs: z.strictObject({ from: count, to: count }),
  /** Pairs an epoch; null = all of them once. */
  numSamples: z.int().min(1).nullable(),
  taskDescriptions: z.array(z.string()),
})

/** The manifest, without its checksum. */
export const manifestSchema = z.strictObject({
  format: z.literal('mimicit'),
  version: z.literal(1),
  /** How its tables are stored, and the variant of that, if it is not the usual one. */
  form: z.enum(['parquet', 'arrow']),
  profile: z.literal('compat').optional(),
  generation: z.int().min(1),
  subsets: z.array(z.strictObject({ name: z.string(), pairs: count })),
  tables: z.strictObject({ pairs: table, media: table }),
  contexts: z.record(z.string().regex(TABLE_NAME), contextTable),
  /** Token counts of the pairs by tokenizer and template. */
  lengths: z.record(z.string().regex(TABLE_NAME), lengthsTable).optional(),
  /** By name: `media.loc`, `<table>.ids`, `<table>.sums`, `context/<name>.sums`, `lengths/<name>.sums`. */
  indexes: z.record(z.string(), indexFile),
  orderKey: hex64,
  /** Row counts and order key of every generation, oldest first. */
  generations: z.array(z.strictObject({ pairs: count, media: count, orderKey: hex64 })).min(1),
  statistics: z.strictObject({
    languages: z.record(z.string(), count),
    splits: z.record(z.string(), count),
    mediaKinds: z.record(z.string(), count),
    mediaPerPair: z.strictObject({ min: count, max: count }),
    pictureBytes: count,
    instructionCharacters: count,
    responseCharacters: count,
  }),
  /** How its sources are to be mixed in training, where they say so. */
  mixture: z.array(mixture).min(1).optional(),
})

/** What a data set consists of. */
export type Manifest = z.infer<typeof manifestSchema>
/** One table of it. */
export type TableRecord = Manifest['tables']['pairs']
/** One stored C_psi. */
export type ContextRecord = Manifest['contexts'][string]
/** One table of token counts. */
export type LengthsRecord = NonNullable<Manifest['lengths']>[string]
/** How one source of it is mixed. */
export type MixtureRecord = NonNullable<Manifest['mixture']>[number]
/** One index file. */
export type IndexFileRecord = Manifest['indexes'][string]
/** One file of a table. */
export type ShardRecord = TableRecord['shards'][number]

/**
 * Reads the text of a manifest.json.
 * @throws MimicitError MIMICIT_BAD_MANIFEST if the checksum, the JSON or a field is wrong, MIMICIT_UNSUPPORTED if the
 * format is newer than this version knows
 */
export function decodeManifest(text: string, where: string): Manifest {
  const value = decodeCheckedJson(text, where, 'MIMICIT_BAD_MANIFEST')
  const version = (value as { version?: unknown } | null)?.version
  if (typeof version === 'number' && version > 1) {
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: 'format version 1',
      where,
      received: `version ${version}`,
      hint: 'Install a newer mimicit.',
    })
  }
  const bad = (received: string, hint: string) =>
    new MimicitError('MIMICIT_BAD_MANIFEST', { expected: 'a manifest of format version 1', where, received, hint })
  const result = manifestSchema.safeParse(value)
  if (!result.success) {
    const issue = result.error.issues[0]!
    const received = `${issue.message} at ${issue.path.map(String).join('.') || 'the top'}`
    throw bad(received, 'It was not written by mimicit; see schema/manifest.schema.json.')
  }
  const problem = contradiction(result.data)
  if (problem === undefined) return result.data
  throw bad(problem, 'It contradicts itself, so mimicit did not write it; copy it again from its source.')
}

/** Rows of a table are below this: references are int32. */
const MOST_ROWS = 2 ** 31
/** Rows of one logical block at most: what is read and kept at once. */
export const MOST_BLOCK_ROWS = 2 ** 17

/** What a manifest says about itself that cannot be, so that nobody allocates or seeks by one half of it. */
function contradiction({ tables, contexts, lengths = {}, generations, mixture = [] }: Manifest): string | undefined {
  const paths = new Set<string>()
  const named = [
    ...Object.entries(contexts).map(([name, table]) => [`context/${name}`, table] as const),
    ...Object.entries(lengths).map(([name, table]) => [`lengths/${name}`, table] as const),
  ]
  for (const [name, table] of [...Object.entries(tables), ...named]) {
    const { rows, shards } = table
    const blocks: number[] = []
    for (const shard of shards) {
      if (paths.has(shard.path)) return `${shard.path} twice`
      paths.add(shard.path)
      const sum = total(shard.rowGroups.map((group) => group.rows))
      if (sum !== shard.rows) return `${shard.path} of ${shard.rows} rows, whose row groups have ${sum}`
      let before = 0
      for (const { rows: most, offset, bytes } of shard.rowGroups) {
        if (most < 1 || most > MOST_BLOCK_ROWS) return `a row group of ${most} rows in ${shard.path}`
        if (offset < before || offset + bytes > shard.bytes) {
          return `a row group of ${bytes} bytes at ${offset} in ${shard.path} of ${shard.bytes} bytes`
        }
        before = offset + bytes
        blocks.push(most)
      }
    }
    const sum = total(blocks)
    if (sum !== rows || rows >= MOST_ROWS) return `${rows} rows of ${name}, whose shards have ${sum}`
    if ('blocks' in table && (table.blocks.length !== blocks.length || table.blocks.some((n, i) => n !== blocks[i]))) {
      return `blocks of ${name} that are not its row groups`
    }
  }
  const { pairs, media } = tables
  const last = generations.at(-1)!
  if (last.pairs !== pairs.rows || last.media !== media.rows) {
    return `a last generation of ${last.pairs} pairs and ${last.media} pictures`
  }
  for (const [name, { rows, pairs: from }] of named) {
    if (rows > pairs.rows || from.from > from.to || from.to > pairs.rows) {
      return `${name} of ${rows} rows, made from pairs ${from.from} to ${from.to} of ${pairs.rows}`
    }
  }
  for (const [name, { rows, pairs: of }] of Object.entries(lengths)) {
    if (rows !== of.to) return `lengths ${name} of ${rows} rows for ${of.to} pairs`
  }
  for (const { name, pairs: part } of mixture) {
    if (part.from > part.to || part.to > pairs.rows) {
      return `a mixture with ${name} of pairs ${part.from} to ${part.to} of ${pairs.rows}`
    }
  }
  return undefined
}

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)
