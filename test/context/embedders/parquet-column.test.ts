// Vectors from a Parquet column, in files that DuckDB writes: joined by id, checked one by one.
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, expect, test } from 'vitest'
import { buildContext } from '../../../src/context/build.js'
import { contextRows } from '../../../src/shards/context-rows.js'
import { openDataset } from '../../../src/shards/dataset.js'
import { faultOf } from '../../support/fault.js'
import { tempDir } from '../../support/temp-dir.js'
import { writeDataset } from '../../support/write-dataset.js'

const root = tempDir()
const data = join(root, 'data')
let made = 0

/** Writes rows as SQL has them: `('a', [1.0, 2.0])`. */
async function vectors(rows: readonly string[], columns = 'id, embedding'): Promise<string> {
  const path = join(root, `vectors-${made++}.parquet`)
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  await connection.run(
    `COPY (SELECT * FROM (VALUES ${rows.join(', ')}) AS t(${columns})) TO '${path}' (FORMAT parquet)`,
  )
  connection.closeSync()
  instance.closeSync()
  return path
}

async function build(select: string, embedder: string, more: object = {}) {
  const kind = select === 'text-similarity' ? 'text' : 'image'
  const { report } = await buildContext(data, {
    ...{ name: 'near', select, k: 2, replace: true, embedders: { [kind]: embedder } },
    ...more,
  })
  const dataset = await openDataset(data)
  const rows = []
  for await (const row of contextRows(dataset, 'near')) rows.push(row)
  await dataset.close()
  return { report, rows }
}

const fault = (embedder: string, select = 'text-similarity') => faultOf(build(select, embedder))

beforeAll(async () => {
  const names = ['a', 'b', 'c', 'd']
  await writeDataset(data, {
    media: names.map((name, content) => ({ ids: [`IMG_${name}`], content })),
    pairs: names.map((name) => ({
      id: name,
      pictures: [`IMG_${name}`],
      response: `The answer to ${name} is its own.`,
    })),
  })
})

/** a is like c, b is like d. */
const LIKE = ["'a', [1.0, 0.0, 0.1]", "'b', [0.0, 1.0, 0.0]", "'c', [1.0, 0.1, 0.0]", "'d', [0.1, 1.0, 0.0]"]
const rowsOf = (values: readonly string[]) => values.map((value) => `(${value})`)

test.each(['FLOAT[]', 'DOUBLE[]', 'FLOAT[3]'])('pairs of like vectors are chosen: %s', async (type) => {
  const path = await vectors(rowsOf(LIKE.map((value) => value.replace(/\[.*\]/, (list) => `${list}::${type}`))))
  const { rows, report } = await build('text-similarity', `parquet:${path}`)
  expect(rows.map(({ contexts }) => contexts[0])).toEqual([2, 3, 0, 1])
  expect(rows[0]!.scores![0]).toBeCloseTo(1 / 1.01, 6)
  expect(report.embedders.text).toMatch(/^parquet, column embedding by id, 3 dimensions, sha256 [0-9a-f]{16}$/)
})

test('visuals by the ids of pictures, in a column of another name, rows that the data set lacks beside them', async () => {
  const values = LIKE.map((value) => `${value.replace(/'(.)'/, "'IMG_$1'")}::FLOAT[]`)
  const path = await vectors(rowsOf([...values, "'elsewhere', [1.0, 1.0, 1.0]::FLOAT[]"]), 'name, clip')
  const { rows } = await build('image-similarity', `parquet:${path}#clip#name`)
  expect(rows.map(({ contexts }) => contexts[0])).toEqual([2, 3, 0, 1])
})

test('the order of the file does not matter', async () => {
  const there = await build('text-similarity', `parquet:${await vectors(rowsOf(LIKE))}`)
  const back = await build('text-similarity', `parquet:${await vectors(rowsOf([...LIKE].reverse()))}`)
  expect(back.rows).toEqual(there.rows)
})

test.each([
  ['another length', "'d', [1.0, 2.0]", '2 numbers'],
  ['NaN', "'d', [1.0, 'NaN'::DOUBLE, 0.0]", 'NaN at place 1'],
  ['Infinity', "'d', [1.0, 0.0, 'Infinity'::DOUBLE]", 'Infinity at place 2'],
  ['an element that is missing', "'d', [1.0, NULL, 0.0]", 'null at place 1'],
  ['no vector', "'d', NULL", 'none'],
])('%s is refused with its row', async (_, row, received) => {
  const values = [...LIKE.slice(0, 3), row].map((value) => value.replace(/, (.*)$/s, ', ($1)::DOUBLE[]'))
  const path = await vectors(rowsOf(values))
  const { code, parts } = await fault(`parquet:${path}`)
  expect([code, parts.received]).toEqual(['MIMICIT_BAD_VECTOR', received])
  expect(parts.where).toBe(`${path}, column embedding, row 3 (d)`)
})

test('a row without an id, a pair without a vector, a column that is not there, a file without rows or that is none', async () => {
  const whole = rowsOf(LIKE)
  const nameless = await fault(`parquet:${await vectors([...whole, '(NULL, [1.0, 0.0, 0.0])'])}`)
  expect([nameless.code, nameless.parts.where]).toEqual([
    'MIMICIT_BAD_VECTOR',
    expect.stringMatching(/column id, row 4$/),
  ])
  const missing = await fault(`parquet:${await vectors(whole.slice(0, 2))}`)
  expect([missing.code, missing.parts.received]).toEqual([
    'MIMICIT_BAD_VECTOR',
    'none for 2 of them, such as that of pair c',
  ])
  const visual = await fault(`parquet:${await vectors(whole.slice(0, 3))}`, 'image-similarity')
  expect(visual.parts.received).toBe('none for 1 of them, such as that of pair d (IMG_d)')
  const path = await vectors(whole)
  expect(await fault(`parquet:${path}#clip`)).toMatchObject({
    code: 'MIMICIT_UNKNOWN_NAME',
    parts: { expected: 'one of the columns id, embedding' },
  })
  expect((await fault(`parquet:${path}#embedding#name`)).code).toBe('MIMICIT_UNKNOWN_NAME')
  expect((await fault(`parquet:${path}#id`)).code).toBe('MIMICIT_BAD_VECTOR')
  expect((await fault(`parquet:${join(root, 'none.parquet')}`)).code).toBe('MIMICIT_NOT_FOUND')
  expect((await fault(`parquet:${join(data, 'manifest.json')}`)).code).toBe('MIMICIT_CORRUPT')
  expect((await fault('parquet:')).code).toBe('MIMICIT_BAD_VALUE')
})

test('a build that was stopped does not go on with the vectors of another file under the same name', async () => {
  const path = await vectors(rowsOf(LIKE))
  const other = await vectors(rowsOf(["'a', [1.0, 0.0]", "'b', [1.0, 0.1]", "'c', [0.0, 1.0]", "'d', [0.1, 1.0]"]))
  const { copyFile } = await import('node:fs/promises')
  const stop = new AbortController()
  const options = { name: 'near', select: 'text-similarity', k: 1, replace: true }
  const embedders = { text: `parquet:${path}` }
  const onProgress = ({ stage, done }: { readonly stage: string; readonly done: number }) => {
    if (stage === 'choosing contexts' && done === 2) stop.abort()
  }
  const stopped = await faultOf(buildContext(data, { ...options, embedders, onProgress, signal: stop.signal }, 2))
  expect(stopped.code).toBe('MIMICIT_ABORTED')
  await copyFile(other, path)
  const { rows } = await build('text-similarity', `parquet:${path}`, options)
  expect(rows.map(({ contexts }) => contexts[0])).toEqual([1, 0, 3, 2])
})
