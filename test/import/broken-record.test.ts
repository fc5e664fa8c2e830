// Records that their form cannot read, one among sound ones: they stop an import, or they are left out and told; the pairs
// beside them are imported all the same.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { imported, writeFiles } from '../support/imported.js'
import { writeParquet } from '../support/parquet-images.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = () => join(root, `${made++}`)

/** A file with a sound record, the broken one and another sound one. */
type Write = (folder: string, broken: unknown) => string

/** A line of JSON; a text stands as it is, as one that is none. */
const asLine = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

const sound = (id: string) => ({ id, instruction: `What is ${id}?`, response: 'Something.' })

const jsonl: Write = (folder, broken) => {
  const lines = [sound('a'), broken, sound('b')].map(asLine).join('\n')
  return join(writeFiles(folder, { 'x.jsonl': `${lines}\n` }), 'x.jsonl')
}
const documents: Write = (folder, broken) => {
  const document = (id: string) => ({ id, content: ['Some text.', 'More.'] })
  const lines = [document('a'), broken, document('b')].map(asLine).join('\n')
  return join(writeFiles(folder, { 'x.jsonl': `${lines}\n` }), 'x.jsonl')
}
const mimicIt: Write = (folder, broken) => {
  const record = { instruction: 'q', answer: 'a', image_ids: [], rel_ins_ids: [] }
  return join(
    writeFiles(folder, { 'x_instructions.json': { data: { a: record, bad: broken, b: record } } }),
    'x_instructions.json',
  )
}
const turn = (from: string, value: unknown) => ({ from, value })
const llava: Write = (folder, conversations) => {
  const talk = [turn('human', 'q'), turn('gpt', 'a')]
  const entries = [
    { id: 'a', conversations: talk },
    { id: 'bad', conversations },
    { id: 'b', conversations: talk },
  ]
  return join(writeFiles(folder, { 'x.json': entries }), 'x.json')
}
const rows: Write = (folder, broken) => {
  writeFiles(folder, {})
  const columns = ['id', 'instruction', 'answer'] as const
  const sane = (id: string) => ({ id, instruction: 'q', answer: 'a' })
  const table = [sane('a'), { ...sane('bad'), ...(broken as object) }, sane('b')]
  const path = join(writeFiles(folder, { 'note.txt': '' }), 'x.parquet')
  writeParquet(
    path,
    columns.map((name) => ({ name, type: 'STRING' as const, nullable: true, data: table.map((row) => row[name]) })),
  )
  return path
}

const [human, gpt] = [turn('human', 'q'), turn('gpt', 'a')]

describe.each<[string, Write, unknown, string]>([
  ['half a surrogate pair', mimicIt, { instruction: 'q\ud800', answer: 'a' }, 'well-formed Unicode'],
  ['a record that is a text', mimicIt, 'q', 'a record'],
  ['an entry that begins with gpt', llava, [gpt, human, gpt], 'a turn from human'],
  ['two questions in a row', llava, [human, human, gpt], 'a turn from gpt'],
  ['a question without an answer', llava, [human, gpt, human], 'a turn from gpt after each'],
  ['a line without a response', jsonl, { id: 'bad', instruction: 'q' }, 'field response'],
  ['a tag of no language', jsonl, { ...sound('bad'), language: 'klingon!!' }, 'klingon!!'],
  ['an empty id', jsonl, sound(''), 'the id is empty'],
  ['a path upwards', jsonl, { ...sound('bad'), image: '../x.png' }, 'inside the folder'],
  ['a movie where frames belong', jsonl, { ...sound('bad'), video: 'x.mp4' }, 'a folder of frames'],
  ['a line that is no JSON', jsonl, '{"id":"bad","instruction":"q" "response":"r"}', 'x.jsonl, line 2'],
  ['a line that breaks off', jsonl, '{"id":"bad","instruction":', 'x.jsonl, line 2'],
  ['a line nested too deep', jsonl, `{"a":${'['.repeat(300)}${']'.repeat(300)}}`, 'nested at most 256 deep'],
  ['a document that is no JSON', documents, '{"id":"bad","content":[}', 'x.jsonl, line 2'],
  ['a document without content', documents, { id: 'bad' }, 'one of content, texts and text_list'],
  ['a row without an answer', rows, { answer: null }, 'column answer'],
  ['a row without an id', rows, { id: null }, 'column id'],
])('%s', (_, write, broken, part) => {
  test('stops an import, which says how to go on', async () => {
    const fault = await faultOf(importDataset({ paths: [write(fresh(), broken)], out: fresh() }))
    expect(fault.code).toMatch(/^MIMICIT_(BAD_RECORD|BAD_JSON|UNSUPPORTED)$/)
    expect(fault.message).toContain(part)
    expect(fault.message).toContain('--broken skip')
  })

  test.each(['skip', 'drop-visual'] as const)('is left out and told with %s', async (policy) => {
    const path = write(fresh(), broken)
    const { out, issues, report } = await importDataset({ paths: [path], out: fresh(), broken: policy })
    expect((await verifyDataset(out, { deep: true })).ok).toBe(true)
    expect((await imported(out)).pairs.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(issues).toMatchObject([{ level: 'warning', count: 1 }])
    const [example] = issues[0]!.examples
    expect(`${example!.where}: ${example!.message}`).toContain(part)
    expect(example!.where).toContain(path)
    const told = readFileSync(report!, 'utf8').trim().split('\n')
    expect(told.map((line) => JSON.parse(line) as unknown)).toEqual([example])
  })
})

describe('JSON that is broken inside of one document stops an import whatever the policy', () => {
  test.each<[string, string, string]>([
    ['MIMIC-IT', 'x_instructions.json', '{"data":{"a":{"instruction":"q" "answer":"a"}}}'],
    ['LLaVA', 'x.json', '[{"id":"a" "conversations":[]}]'],
  ])('%s', async (_, name, text) => {
    const path = join(writeFiles(fresh(), { [name]: text }), name)
    for (const broken of ['error', 'skip', 'drop-visual'] as const) {
      const fault = await faultOf(importDataset({ paths: [path], out: fresh(), broken }))
      expect(fault.code).toBe('MIMICIT_BAD_JSON')
      expect(fault.message).toContain(path)
      expect(fault.message).not.toContain('--broken')
    }
  })
})
