// Parquet files as DuckDB reads them.
import { DuckDBInstance } from '@duckdb/node-api'

/** Every row of the files that a pattern names; bytes are Uint8Array, structs are objects. */
export async function duckRows(pattern: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const database = await instance.connect()
  try {
    const result = await database.runAndReadAll(`SELECT * FROM read_parquet('${pattern.replaceAll("'", "''")}')`)
    return result.getRowObjectsJS() as Record<string, unknown>[]
  } finally {
    database.closeSync()
    instance.closeSync()
  }
}
