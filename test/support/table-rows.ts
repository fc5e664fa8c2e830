// The rows of a stored table as plain values, so that what other readers give can be compared with what ours gives.
import { openDirectory } from '../../src/io/directory.js'
import { readManifest } from '../../src/shards/read-manifest.js'
import { openStoredTable, type TableName } from '../../src/shards/stored-table.js'
import { schemaOf } from '../../src/shards/table-schema.js'

/** Bytes as hex, typed arrays as arrays, missing as null, structs with the fields of ours: one form for all readers. */
export function plain(value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as unknown as unknown[], plain)
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
  return value
}

/** Every row of a table, by our reader. */
export async function tableRows(dir: string, table: TableName): Promise<Record<string, unknown>[]> {
  const store = openDirectory(dir)
  const names = schemaOf(table).columns.map((column) => column.name)
  const reader = openStoredTable(store, await readManifest(store), table, names)
  const rows: Record<string, unknown>[] = []
  try {
    for await (const group of reader.groups()) {
      for (let i = 0; i < group.rows; i++) {
        rows.push(Object.fromEntries(names.map((name) => [name, plain(group.columns[name]?.[i])])))
      }
    }
  } finally {
    await reader.close()
  }
  return rows
}
