// Adds a lengths table to a data set, or goes on with one behind the rows that it has. Order key and generation stay: no
// row changes. Files grow and get their names as in an append, so whoever reads the data set goes on reading it.
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { encodeCheckedJson } from '../base/checked-json.js'
import { MimicitError, show } from '../base/errors.js'
import { stableJson } from '../base/hash.js'
import { writeWhole } from '../io/sink.js'
import type { LengthsRow } from '../text/lengths-row.js'
import { changeDataset } from './append-dataset.js'
import { TEXT_SIZES } from './create-options.js'
import { writeDatasetCard } from './dataset-card.js'
import type { LengthsSource } from './dataset-writer.js'
import { forms } from './forms.js'
import { writeIndexFile } from './index-file.js'
import { lengthsTableRow } from './lengths-columns.js'
import { type Manifest, TABLE_NAME } from './manifest.js'
import { MANIFEST } from './manifest-file.js'
import { loadSums } from './stored-table.js'
import { encodeSums, SUM_BYTES } from './sums.js'
import { lengthsSchema } from './table-schema.js'
import { createTableWriter, type FinishedTable } from './table-writer.js'

/** What was added. */
export interface AddedLengths {
  readonly manifest: Manifest
  /** Rows that are new; 0 if the table was whole. */
  readonly added: number
}

/**
 * @param rows gives the rows of the pairs from a row on, in order
 * @throws MimicitError MIMICIT_BAD_VALUE for a name that a manifest may not hold or that another table has, MIMICIT_BUSY if
 * somebody else changes the data set, MIMICIT_CORRUPT
 */
export async function addLengths(
  root: string,
  name: string,
  source: LengthsSource,
  rows: (from: number) => AsyncIterable<LengthsRow>,
): Promise<AddedLengths> {
  let added = 0
  const manifest = await changeDataset(root, async (partial, before, store) => {
    const held = before.lengths?.[name]
    checkName(root, name, held, source)
    if (held?.rows === before.tables.pairs.rows) return undefined
    const nothing: FinishedTable = { shards: [], blocks: [], pieces: [] }
    const table = `lengths/${name}` as const
    const start = held && { shards: held.shards, blocks: [], pieces: await loadSums(store, before, table) }
    const { form, profile, generation } = before
    const writer = await createTableWriter(partial, table, lengthsSchema, TEXT_SIZES, undefined, {
      ...{ before: start ?? nothing, form: forms[form] },
      ...(profile !== undefined && { profile }),
    })
    try {
      for await (const row of rows(held?.rows ?? 0)) {
        await writer.add(...lengthsTableRow(row))
        added++
      }
    } catch (error) {
      await writer.abort()
      throw error
    }
    const { shards, pieces } = await writer.finish()
    // A table goes on at most once in a generation, so the name is one that no index has had.
    const path = `${generation === 1 ? 'index' : `index/generation-${generation}`}/${table}.sums`
    await mkdir(dirname(`${partial}/${path}`), { recursive: true })
    const sums = await writeIndexFile(partial, path, SUM_BYTES, [encodeSums(pieces)])
    const of = { pairs: { from: 0, to: writer.rows }, orderKey: before.orderKey } as const
    const record = { rows: writer.rows, shards: [...shards], ...of, ...source }
    const next = withLengths(before, name, record, { ...before.indexes, [`${table}.sums`]: sums })
    await writeDatasetCard(partial, next)
    await writeWhole(`${partial}/${MANIFEST}`, Buffer.from(encodeCheckedJson(next)))
    return next
  })
  return { manifest, added }
}

/** A manifest with one more table, its fields in the order in which every manifest has them. */
function withLengths(
  { contexts, lengths, ...manifest }: Manifest,
  name: string,
  record: NonNullable<Manifest['lengths']>[string],
  indexes: Manifest['indexes'],
): Manifest {
  const { format, version, form, profile, generation, subsets, tables, ...rest } = manifest
  return {
    ...{ format, version, form, ...(profile !== undefined && { profile }), generation, subsets, tables },
    contexts,
    lengths: { ...lengths, [name]: record },
    ...rest,
    indexes,
  }
}

function checkName(root: string, name: string, held: LengthsSource | undefined, source: LengthsSource): void {
  const said = ({ tokenizer, template, cleaning, ids }: LengthsSource) => ({ tokenizer, template, cleaning, ids })
  const same = held === undefined || stableJson(said(held)) === stableJson(said(source))
  if (TABLE_NAME.test(name) && same) return
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'a new name of letters, digits, ".", "_" and "-"',
    where: `a lengths table of ${root}`,
    received: same ? show(name) : `${show(name)}, which is there and was made by ${show(said(held))}`,
    hint: 'Give the table another name (--name).',
  })
}
