// What is too long for a row is told when its record is read, by file, id and field.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importDataset } from '../../../src/import/import-dataset.js'
import { longPair, longPairList, MOST_PAIR_BYTES } from '../../../src/import/survey/pair-bounds.js'
import { MOST_LIST_VALUES } from '../../../src/shards/parquet-footer.js'
import type { WrittenPair } from '../../../src/shards/rows.js'
import { faultOf } from '../../support/fault.js'
import { imported, writeFiles } from '../../support/imported.js'
import { tempDir } from '../../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = () => join(root, `${made++}`)

/** Lists of ids, longer than a row holds. */
const long = (id: string) => Array<string>(MOST_LIST_VALUES + 1).fill(id)

const record = { instruction: 'q', answer: 'a', image_ids: [], rel_ins_ids: [] }

test('a list of ids that no row holds is told by its pair', async () => {
  const path = join(
    writeFiles(fresh(), { 'A_instructions.json': { data: { A_INS_1: { ...record, rel_ins_ids: long('A') } } } }),
    'A_instructions.json',
  )
  const fault = await faultOf(importDataset({ paths: [path], out: fresh() }))
  expect(fault.code).toBe('MIMICIT_BAD_RECORD')
  expect(fault.parts).toMatchObject({
    expected: `at most ${MOST_LIST_VALUES} ids`,
    where: `the contexts of ${path}, pair "A_INS_1"`,
    received: `${MOST_LIST_VALUES + 1}`,
  })
})

test('so is one of a training list, which is left out where that is the policy', async () => {
  const folder = writeFiles(fresh(), {
    'A_instructions.json': { data: { A_INS_1: record, A_INS_2: record } },
    'A_train.json': { A_INS_1: ['A_INS_2'], A_INS_2: long('A') },
  })
  const { out, issues } = await importDataset({ paths: [folder], out: fresh(), broken: 'skip' })
  expect((await imported(out)).contexts.train).toEqual({ A_INS_1: ['A_INS_2'] })
  expect(issues).toMatchObject([{ code: 'MIMICIT_BAD_RECORD', level: 'warning', count: 1 }])
  expect(issues[0]!.examples[0]!.message).toContain(`contexts of ${join(folder, 'A_train.json')}, key "A_INS_2"`)
})

test('a list of visuals or of contexts of a table by name', () => {
  const pair = { id: 'a', where: 'x', done: 0, instruction: 'q', response: 'a', mediaIds: [], related: [] }
  expect(longPairList({ ...pair, contexts: { near: ['b'] } })).toBeUndefined()
  expect(longPairList({ ...pair, mediaIds: long('i') })?.parts.where).toBe('the visuals of x')
  expect(longPairList({ ...pair, contexts: { near: long('b') } })?.parts.where).toBe('the contexts near of x')
})

test('a pair with more text than a row group takes, and the field that has most of it', () => {
  const text = (byteLength: number) => ({ path: 'x', offset: 0, byteLength, units: byteLength, isPlain: true })
  const pair: WrittenPair = {
    id: 'a',
    subset: 'S',
    split: null,
    language: 'en',
    instruction: text(1000),
    response: '',
    mediaKind: 'none',
    media: [],
    mediaIds: [],
    mediaPositions: null,
    mediaTimes: null,
    metadata: null,
  }
  const most = MOST_PAIR_BYTES - 'aS'.length
  expect(longPair({ ...pair, instruction: text(most) }, 'here')).toBeUndefined()
  const fault = longPair({ ...pair, response: text(most) }, 'x.json, pair "a"')!
  expect(fault.code).toBe('MIMICIT_BAD_RECORD')
  expect(fault.message).toContain(
    `at most ${MOST_PAIR_BYTES} bytes of text in a pair for the response of x.json, pair "a" but received ${most} bytes`,
  )
  expect(longPair({ ...pair, mediaIds: Array<string>(MOST_LIST_VALUES).fill('ä'.repeat(30)) }, 'y')?.parts.where).toBe(
    'the visuals of y',
  )
})
