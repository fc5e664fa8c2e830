// A field that stands twice in one record: told, once for each record, and never where nothing stands twice.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Issue } from '../../src/base/issues.js'
import { importDataset } from '../../src/import/import-dataset.js'
import { tellRepeatedFields } from '../../src/import/repeated-fields.js'
import { imported, writeFiles } from '../support/imported.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = () => join(root, `${made++}`)

const talk = '[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]'

test('is told beside a text of any length', async () => {
  const long = 'y'.repeat(20e6)
  const file = `{"note":1,"note":2,"id":12345678901234567890,"instruction":"${long}","response":"r"}`
  const path = join(writeFiles(fresh(), { 'x.jsonl': file }), 'x.jsonl')
  const { issues, manifest } = await importDataset({ paths: [path], out: fresh() })
  expect(issues).toMatchObject([{ code: 'MIMICIT_REPEATED_FIELD', count: 1 }])
  expect(manifest.tables.pairs.rows).toBe(1)
})

describe.each<[string, string, (records: readonly string[]) => string, string, string]>([
  [
    'MIMIC-IT',
    'x_instructions.json',
    (records) => `{"data":{${records.map((record, n) => `"X_${n}":${record}`).join(',')}}}`,
    '{"instruction":"q","answer":"one","image_ids":[],"rel_ins_ids":[]}',
    '{"instruction":"q","answer":"one","answer":"two","instruction":"r","answer":"three"}',
  ],
  [
    'LLaVA',
    'x.json',
    (records) => `[${records.join(',\n')}]`,
    `{"id":"1","conversations":${talk}}`,
    `{"id":"1","conversations":[],"id":"2","conversations":${talk}}`,
  ],
  [
    'JSONL',
    'x.jsonl',
    (records) => records.join('\n'),
    '{"instruction":"q","response":"one","note":{"a":1,"b":{"a":"\\":{"}}}',
    '{"instruction":"q","response":"one","response":"two"}',
  ],
  [
    'documents',
    'x.jsonl',
    (records) => records.join('\n'),
    '{"content":["q","a"]}',
    '{"content":["q","a"],"content":["r","b"]}',
  ],
])('%s', (_, name, fileOf, plain, twice) => {
  test('is told once for each record, with its place and its name', async () => {
    const path = join(writeFiles(fresh(), { [name]: fileOf([plain, twice, plain, twice]) }), name)
    const { issues, out, report } = await importDataset({ paths: [path], out: fresh() })
    expect(issues).toMatchObject([{ code: 'MIMICIT_REPEATED_FIELD', level: 'warning', count: 2 }])
    const told = readFileSync(report!, 'utf8').trim().split('\n')
    expect(told).toHaveLength(2)
    const { where, message } = JSON.parse(told[0]!) as Issue
    expect(where).toContain(path)
    expect(where).toMatch(/(line 2|entry 1|pair "X_1")$/)
    for (const [, field] of twice.matchAll(/"(answer|conversations|response|content)":/g)) {
      expect(message).toContain(JSON.stringify(field))
    }
    expect(message).toContain('the last counts')
    expect((await imported(out)).pairs).toHaveLength(4)
  })

  test('is not told where nothing stands twice', async () => {
    const path = join(writeFiles(fresh(), { [name]: fileOf([plain, plain]) }), name)
    expect((await importDataset({ paths: [path], out: fresh() })).issues).toEqual([])
  })
})

test('exactly the names of the outermost object that stand there more than once', () => {
  const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', '"', '\\', '__proto__', '1', '{:', 'ä'))
  const spell = (text: string, escaped: boolean) =>
    escaped
      ? `"${[...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(text)
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.boolean(), fc.jsonValue())), (fields) => {
      const json = `{ ${fields.map(([key, escaped, value]) => `${spell(key, escaped)} : ${JSON.stringify(value)}`).join(' , ')} }`
      const told: string[] = []
      const tell = ({ message }: { readonly message: string }) => told.push(message)
      tellRepeatedFields(Buffer.from(json), JSON.parse(json), 'here', tell)
      const names = fields.map(([key]) => key)
      const repeated = [...new Set(names.filter((key, n) => names.indexOf(key) !== n))]
      const listed = repeated.map((key) => JSON.stringify(key)).join(', ')
      expect(told).toEqual(
        repeated.length === 0 ? [] : [`field ${listed} stands there more than once; the last counts`],
      )
    }),
    { numRuns: 500 },
  )
})
