// The MIMIC-IT import on the committed fixtures: the sound set and every folder of fixtures/broken.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/base/errors.js'
import type { MimicItOptions } from '../../src/import/mimic-it/index.js'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { FIXTURES, importFixtures, SOURCES } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const BROKEN = join(FIXTURES, 'broken')
let made = 0
const freshOut = () => join(root, `out-${made++}`)

function optionsOf(folder: string, out: string, change: Partial<MimicItOptions> = {}): MimicItOptions {
  const train = join(folder, 'train.json')
  return {
    instructions: [join(folder, 'instructions.json')],
    images: [join(folder, 'images.json')],
    train: existsSync(train) ? [train] : [],
    out,
    ...change,
  }
}
const importBroken = (name: string, out: string, change?: Partial<MimicItOptions>) =>
  importMimicIt(optionsOf(join(BROKEN, name), out, change))

/** What a data set holds, short: id, response, number of pictures, contexts by name. */
async function contentOf(out: string) {
  const dataset = await openDataset(out)
  try {
    const pairs: unknown[] = []
    const ids: string[] = []
    for await (const [, pair] of dataset.pairs()) {
      pairs.push([pair.id, pair.response, pair.mediaKind, pair.media.length])
      ids.push(pair.id)
    }
    const contexts: Record<string, unknown> = {}
    for (const name of Object.keys(dataset.manifest.contexts)) {
      const table = await dataset.context(name)
      const rows = await Promise.all([...table.queries].map(async (query) => (await table.get(query))!))
      contexts[name] = rows.map((row) => [ids[row.query], row.contexts.map((at) => ids[at])])
    }
    const pictures = await Promise.all(
      Array.from({ length: dataset.manifest.tables.media.rows }, async (_, row) => (await dataset.media(row)).ids),
    )
    return { pairs, contexts, pictures }
  } finally {
    await dataset.close()
  }
}

const A = 'BAD_INS_00000'
const B = 'BAD_INS_00001'
const IMAGE = 'BAD_IMG_00000'
const SOUND = {
  pairs: [
    [A, 'Blue.', 'images', 1],
    [B, 'A square.', 'images', 1],
  ],
  contexts: {
    rel_ins_ids: [
      [A, []],
      [B, [A]],
    ],
  },
  pictures: [[IMAGE]],
}
const TEXT_ONLY = { ...SOUND, pairs: [[A, 'Blue.', 'none', 0], SOUND.pairs[1]] }

const tolerable: Record<string, unknown> = {
  'byte-order-mark': SOUND,
  'misspelt-meta': SOUND,
  'image-ids-string': SOUND,
  'image-ids-missing': TEXT_ONLY,
  'image-ids-null': TEXT_ONLY,
  'url-safe-base64': SOUND,
  'base64-without-padding': SOUND,
  'base64-with-newlines': SOUND,
  'image-is-list': SOUND,
}

/** What is told of those that are read. */
const warnings: Record<string, readonly ErrorCode[]> = { 'image-is-list': ['MIMICIT_MORE_PICTURES'] }

/** Code, the file that is at fault, and what else the message names. */
const defects: Record<string, readonly [ErrorCode, string, ...string[]]> = {
  'truncated-instructions': ['MIMICIT_BAD_JSON', 'instructions.json', 'byte ', 'the end of the file'],
  'truncated-images': ['MIMICIT_BAD_JSON', 'images.json', 'byte ', 'the end of the file'],
  'empty-file': ['MIMICIT_BAD_JSON', 'instructions.json', 'the end of the file'],
  'not-json': ['MIMICIT_BAD_JSON', 'instructions.json', '"<"'],
  'no-data': ['MIMICIT_BAD_JSON', 'instructions.json', 'a key "data"'],
  'data-is-list': ['MIMICIT_BAD_JSON', 'instructions.json', 'an object'],
  'dangling-image': ['MIMICIT_DANGLING_MEDIA', 'instructions.json', B, 'BAD_IMG_99999'],
  'dangling-context': ['MIMICIT_DANGLING_CONTEXT', 'instructions.json', B, 'BAD_INS_99999'],
  'own-context': ['MIMICIT_OWN_CONTEXT', 'instructions.json', B],
  'train-key-unknown': ['MIMICIT_DANGLING_TRAIN_KEY', 'train.json', 'BAD_INS_99999'],
  'train-context-unknown': ['MIMICIT_DANGLING_CONTEXT', 'train.json', B, 'BAD_INS_99999'],
  'train-value-not-list': ['MIMICIT_BAD_RECORD', 'train.json', B],
  'instruction-is-number': ['MIMICIT_BAD_RECORD', 'instructions.json', A, 'field instruction', '7'],
  'answer-is-null': ['MIMICIT_BAD_RECORD', 'instructions.json', A, 'field answer', 'null'],
  'rel-ins-ids-wrong-type': ['MIMICIT_BAD_RECORD', 'instructions.json', B, 'field rel_ins_ids'],
  'record-is-string': ['MIMICIT_BAD_RECORD', 'instructions.json', A, 'What colour is this?'],
  'id-twice': ['MIMICIT_DUPLICATE_ID', 'instructions.json', A],
  'image-id-twice': ['MIMICIT_DUPLICATE_ID', 'images.json', IMAGE],
  'image-is-empty-list': ['MIMICIT_BAD_PICTURE', 'images.json', IMAGE, 'an empty list'],
  'zero-byte-image': ['MIMICIT_BAD_PICTURE', 'images.json', IMAGE, '0 bytes'],
  'image-is-null': ['MIMICIT_BAD_PICTURE', 'images.json', IMAGE, 'null'],
  'not-a-picture': ['MIMICIT_BAD_PICTURE', 'images.json', IMAGE, '14 bytes'],
  'truncated-jpeg': ['MIMICIT_BAD_PICTURE', 'images.json', IMAGE],
}

/** Nothing of an import is left: neither the data set nor the place it grew in. */
const nothingLeft = (out: string) => expect([existsSync(out), existsSync(`${out}.partial`)]).toEqual([false, false])

describe('the broken files', () => {
  test('each folder is expected to do something', () => {
    const folders = readdirSync(BROKEN, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect([...Object.keys(tolerable), ...Object.keys(defects)].sort()).toEqual(folders.map(({ name }) => name).sort())
  })

  test.each(Object.entries(tolerable))('%s is read', async (name, content) => {
    const out = freshOut()
    const { issues } = await importBroken(name, out)
    expect(issues.map(({ code }) => code)).toEqual(warnings[name] ?? [])
    expect(await contentOf(out)).toEqual(content)
    expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true, issues: [] })
  })

  test.each(Object.entries(defects))('%s is refused and leaves nothing', async (name, [code, file, ...parts]) => {
    const out = freshOut()
    const fault = await faultOf(importBroken(name, out))
    expect([fault.code, fault.message]).toEqual([code, expect.stringContaining(`${join(BROKEN, name, file)}`)])
    for (const part of parts) expect(fault.message).toContain(part)
    nothingLeft(out)
  })
})

describe('policies', () => {
  test.each([
    ['dangling-image', [[A, 'Blue.', 'images', 1]], { rel_ins_ids: [[A, []]] }],
    ['dangling-context', SOUND.pairs, SOUND.contexts],
    ['own-context', SOUND.pairs, SOUND.contexts],
    ['train-key-unknown', SOUND.pairs, { ...SOUND.contexts, train: SOUND.contexts.rel_ins_ids }],
    ['train-context-unknown', SOUND.pairs, { ...SOUND.contexts, train: SOUND.contexts.rel_ins_ids }],
  ])('dangling skip leaves out what %s points to, and says so', async (name, pairs, contexts) => {
    const out = freshOut()
    const { issues } = await importBroken(name, out, { dangling: 'skip' })
    const content = await contentOf(out)
    expect(content.pairs).toEqual(pairs)
    if (pairs.length > 1) expect(content.contexts).toEqual(contexts)
    expect(issues.map(({ code, level, count }) => [code, level, count])).toEqual([[defects[name]![0], 'warning', 1]])
    expect((await verifyDataset(out)).ok).toBe(true)
  })

  test.each(['skip', 'drop-visual'] as const)(
    'broken %s leaves out a pair whose only picture is none',
    async (broken) => {
      const out = freshOut()
      const { issues } = await importBroken('not-a-picture', out, { broken })
      expect(await contentOf(out)).toMatchObject({ pairs: [], pictures: [] })
      expect(issues.map(({ code }) => code)).toContain('MIMICIT_BAD_PICTURE')
      expect((await verifyDataset(out)).ok).toBe(true)
    },
  )

  test('duplicates last keeps the last, of pairs, of pictures and of training keys', async () => {
    const out = freshOut()
    await importBroken('id-twice', out, { duplicates: 'last' })
    expect((await contentOf(out)).pairs).toEqual([[A, 'A square.', 'images', 1]])
    const other = freshOut()
    await importBroken('image-id-twice', other, { duplicates: 'last' })
    const dataset = await openDataset(other)
    expect((await dataset.media(0)).format).toBe('png')
    expect(dataset.manifest.tables.media.rows).toBe(1)
    await dataset.close()
  })

  test('a training key that occurs twice is told, and the last wins on request', async () => {
    const folder = join(root, 'train-twice')
    cpSync(join(BROKEN, 'train-key-unknown'), folder, { recursive: true })
    writeFileSync(join(folder, 'train.json'), `{"${B}": [], "${A}": [], "${B}": ["${A}"]}`)
    const out = freshOut()
    const fault = await faultOf(importMimicIt(optionsOf(folder, out)))
    expect(fault.code).toBe('MIMICIT_DUPLICATE_ID')
    expect(fault.message).toContain(B)
    nothingLeft(out)
    await importMimicIt(optionsOf(folder, out, { duplicates: 'last' }))
    expect((await contentOf(out)).contexts.train).toEqual([
      [A, []],
      [B, [A]],
    ])
    expect((await verifyDataset(out)).ok).toBe(true)
  })

  test('a video may lose frames when the option subset says that it is one', async () => {
    const out = freshOut()
    await importBroken('dangling-image', out, { dangling: 'drop-visual', subset: 'DC' })
    expect((await contentOf(out)).pairs).toEqual([
      [A, 'Blue.', 'video', 1],
      [B, 'A square.', 'video', 1],
    ])
  })

  test('one fault is told as one fault, not as all that follows from it', async () => {
    const folder = join(root, 'follow-ups')
    mkdirSync(folder)
    const record = (image: string, related: string[]) => ({
      instruction: 'q',
      answer: 'a',
      image_ids: [image],
      rel_ins_ids: related,
    })
    const data = {
      T_INS_0: record('none', []),
      T_INS_1: record('T_IMG_0', ['T_INS_0']),
      T_INS_2: record('T_IMG_0', ['T_INS_0']),
    }
    writeFileSync(join(folder, 'instructions.json'), JSON.stringify({ meta: {}, data }))
    const { images } = optionsOf(join(BROKEN, 'misspelt-meta'), '')
    const pictures = JSON.parse(readFileSync(images![0]!, 'utf8')) as Record<string, string>
    writeFileSync(join(folder, 'images.json'), JSON.stringify({ T_IMG_0: pictures[IMAGE] }))
    const fault = await faultOf(importMimicIt(optionsOf(folder, freshOut())))
    expect(fault.code).toBe('MIMICIT_DANGLING_MEDIA')
    expect(fault.message).toContain('1 fault MIMICIT_DANGLING_MEDIA')
    expect(fault.message).not.toContain('also')
  })
})

describe('the import', () => {
  test.each([
    ['"answer": "Blue."', '"answer": "Blue \\ud83d."', 'field answer'],
    [`"${A}": {`, `"${A}\\udc00": {`, 'not well-formed'],
    ['"rel_ins_ids": [\n', '"rel_ins_ids": "\\ud800", "x": [\n', 'field rel_ins_ids'],
  ])('half a surrogate pair in %s is refused: it could not be stored as it is', async (from, to, part) => {
    const folder = join(root, `half-${part.replace(/\W/g, '-')}`)
    cpSync(join(BROKEN, 'misspelt-meta'), folder, { recursive: true })
    const path = join(folder, 'instructions.json')
    const text = readFileSync(path, 'utf8')
    expect(text).toContain(from)
    writeFileSync(path, text.replace(from, to))
    const fault = await faultOf(importMimicIt(optionsOf(folder, freshOut(), { dangling: 'skip' })))
    expect(fault.code).toBe('MIMICIT_BAD_RECORD')
    expect(fault.message).toContain(part)
  })

  test('unknown fields of a record are kept as metadata', async () => {
    const folder = join(root, 'extra')
    cpSync(join(BROKEN, 'misspelt-meta'), folder, { recursive: true })
    const path = join(folder, 'instructions.json')
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace('"answer": "Blue."', '"answer": "Blue.", "reward": {"x": [1]}'),
    )
    const out = freshOut()
    await importMimicIt(optionsOf(folder, out))
    const dataset = await openDataset(out)
    expect((await dataset.pair(0)).metadata).toBe('{"reward":{"x":[1]}}')
    expect((await dataset.pair(1)).metadata).toBeNull()
    await dataset.close()
  })

  test('does not touch a directory that holds something, and uses an empty one', async () => {
    const out = freshOut()
    mkdirSync(out)
    await importBroken('misspelt-meta', out)
    const before = readFileSync(join(out, 'manifest.json'), 'utf8')
    writeFileSync(`${out}.issues.jsonl`, 'what was found then\n')
    const fault = await faultOf(importBroken('dangling-image', out, { dangling: 'skip' }))
    expect(fault.code).toBe('MIMICIT_NOT_EMPTY')
    expect(readFileSync(`${out}.issues.jsonl`, 'utf8')).toBe('what was found then\n')
    expect(fault.message).toContain(out)
    expect(readFileSync(join(out, 'manifest.json'), 'utf8')).toBe(before)
    expect(existsSync(`${out}.partial`)).toBe(false)
  })

  test('a file that is not there is named', async () => {
    const out = freshOut()
    const missing = join(root, 'none.json')
    const fault = await faultOf(importMimicIt({ ...SOURCES, images: [missing], out }))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_NOT_FOUND', missing])
    nothingLeft(out)
  })

  test.each([
    [{ dangling: 'ignore' }, 'MIMICIT_BAD_VALUE', 'option dangling of importMimicIt'],
    [{ language: 'English' }, 'MIMICIT_BAD_VALUE', 'option language of importMimicIt'],
    [{ subset: '9 lives' }, 'MIMICIT_BAD_VALUE', 'option subset of importMimicIt'],
    [{ instructions: [] }, 'MIMICIT_BAD_VALUE', 'option instructions of importMimicIt'],
    [{ danglin: 'skip' }, 'MIMICIT_UNKNOWN_OPTION', 'dangling'],
  ])('the options %j are refused', async (change, code, part) => {
    const fault = await faultOf(importMimicIt({ ...SOURCES, out: freshOut(), ...change } as MimicItOptions))
    expect(fault.code).toBe(code)
    expect(fault.message).toContain(part)
  })

  /** Asks an import to stop as soon as it is at a stage. */
  const stopAt = async (stage: string, out: string) => {
    const stop = new AbortController()
    let after = 0
    const onProgress = (progress: { stage: string }) => {
      if (stop.signal.aborted) after++
      else if (progress.stage === stage) stop.abort()
    }
    const fault = await faultOf(importMimicIt({ ...SOURCES, out, signal: stop.signal, onProgress }))
    expect([fault.code, after]).toEqual(['MIMICIT_ABORTED', 0])
  }

  test.each(['reading pictures', 'reading instructions', 'writing pictures'])(
    'a request to stop while %s is heard at once and leaves nothing',
    async (stage) => {
      const out = freshOut()
      await stopAt(stage, out)
      nothingLeft(out)
    },
  )

  test('a request to stop while writing pairs is heard at once; the pictures are kept, and the next import goes on', async () => {
    const [out, undisturbed] = [freshOut(), freshOut()]
    await stopAt('writing pairs', out)
    expect([existsSync(out), existsSync(`${out}.partial`)]).toEqual([false, true])
    await importMimicIt({ ...SOURCES, out })
    await importMimicIt({ ...SOURCES, out: undisturbed })
    expect(existsSync(`${out}.partial`)).toBe(false)
    const manifest = (dir: string) => readFileSync(join(dir, 'manifest.json'), 'utf8')
    expect(manifest(out)).toBe(manifest(undisturbed))
  })

  test('tells its progress up to the end', async () => {
    const stages = new Map<string, number>()
    await importMimicIt({
      ...SOURCES,
      out: freshOut(),
      onProgress: ({ stage, done, total }) => {
        expect(done).toBeLessThanOrEqual(total!)
        expect(done).toBeGreaterThanOrEqual(stages.get(stage) ?? 0)
        stages.set(stage, done)
      },
    })
    expect([...stages.keys()]).toEqual([
      'reading pictures',
      'reading instructions',
      'writing pictures',
      'writing pairs',
    ])
    expect(stages.get('writing pictures')).toBe(16)
  })

  test('a place that cannot be written is named, and nothing is left', async () => {
    const file = join(root, 'a-file')
    writeFileSync(file, '')
    const fault = await faultOf(importFixtures(join(file, 'below')))
    expect(fault.code).toBe('MIMICIT_IO')
    expect(fault.message).toContain(file)
  })
})

test('a value that is no base64 follows the policy of broken pictures', async () => {
  const folder = join(root, 'no-base64')
  cpSync(join(BROKEN, 'not-a-picture'), folder, { recursive: true })
  writeFileSync(join(folder, 'images.json'), `{"${IMAGE}": "!!!! this is <not> base64 !!!!"}`)
  const out = freshOut()
  expect((await faultOf(importMimicIt(optionsOf(folder, out)))).code).toBe('MIMICIT_BAD_BASE64')
  const { issues } = await importMimicIt(optionsOf(folder, out, { broken: 'skip' }))
  expect(issues.map(({ code }) => code).sort()).toEqual(['MIMICIT_BAD_BASE64', 'MIMICIT_DANGLING_MEDIA'])
})

test('integers of further fields that JavaScript would round keep their digits', async () => {
  const folder = join(root, 'long-integers')
  mkdirSync(folder)
  const known = '"instruction": "q 12345678901234567890", "answer": "a", "image_ids": [], "rel_ins_ids": []'
  const record = `{${known}, "reward": 0.5, "main_reward": 12345678901234567890, "spans": [[-9007199254740993, 7]]}`
  writeFileSync(join(folder, 'instructions.json'), `{"data": {"${A}": ${record}}}`)
  const out = freshOut()
  await importMimicIt({ instructions: [join(folder, 'instructions.json')], out })
  const dataset = await openDataset(out)
  const { metadata, instruction } = await dataset.pair(0)
  await dataset.close()
  expect(instruction).toBe('q 12345678901234567890')
  expect(JSON.parse(metadata!)).toEqual({
    reward: 0.5,
    main_reward: '12345678901234567890',
    spans: [['-9007199254740993', 7]],
  })
})
