// Appending: a source in parts becomes the data set that the whole source makes, rows that were there stay as they are, and
// whoever reads the old generation goes on.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Progress } from '../../src/base/progress.js'
import { importDataset } from '../../src/import/import-dataset.js'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import { openDirectory } from '../../src/io/directory.js'
import { rewriteDataset } from '../../src/layout/rewrite.js'
import { appendDataset } from '../../src/shards/append-dataset.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourceImages, sourcePairs, sourceTrain } from '../support/fixtures.js'
import { imported, picture, writeFiles } from '../support/imported.js'
import { killedImport } from '../support/killed-imports.js'
import { tempDir } from '../support/temp-dir.js'
import { contextsById, pairsOf, picturesById } from '../support/whole-dataset.js'

const dir = tempDir()
let made = 0

/** Files of some pairs, pictures and training entries, as options of the import. */
function source(pairs: typeof sourcePairs, images: typeof sourceImages, train: typeof sourceTrain = []) {
  const root = join(dir, `source-${made++}`)
  mkdirSync(root)
  const file = (name: string, value: unknown) => {
    writeFileSync(join(root, name), JSON.stringify(value))
    return join(root, name)
  }
  return {
    instructions: [file('instructions.json', { meta: {}, data: Object.fromEntries(pairs) })],
    images: [file('images.json', Object.fromEntries(images.map(([id, bytes]) => [id, bytes.toString('base64')])))],
    train: [file('train.json', Object.fromEntries(train))],
  }
}

/** The fixtures without contexts that point into another part. */
function parts(cuts: readonly number[]) {
  const bounds = [0, ...cuts, sourcePairs.length]
  const seen = new Set<string>()
  const known = new Set<string>()
  return bounds.slice(1).map((end, i) => {
    const own = sourcePairs.slice(bounds[i], end)
    for (const [id] of own) known.add(id)
    const pairs = own.map(([id, pair]): (typeof sourcePairs)[number] => [
      id,
      { ...pair, rel_ins_ids: pair.rel_ins_ids.filter((one) => known.has(one)) },
    ])
    const wanted = new Set(own.flatMap(([, pair]) => pair.image_ids))
    const images = sourceImages.filter(([id]) => wanted.has(id) && !seen.has(id))
    for (const [id] of images) seen.add(id)
    const ids = new Set(own.map(([id]) => id))
    const train = sourceTrain
      .filter(([id]) => ids.has(id))
      .map(([id, listed]) => [id, listed.filter((one) => known.has(one))] as (typeof sourceTrain)[number])
    return { pairs, images, train }
  })
}

test('a source in any parts becomes what the whole of it makes, and old rows stay', async () => {
  const cut = fc.uniqueArray(fc.integer({ min: 1, max: sourcePairs.length - 1 }), { minLength: 1, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(cut, async (cuts) => {
      const pieces = parts([...cuts].sort((a, b) => a - b))
      const whole = join(dir, `whole-${made++}`)
      await importMimicIt({
        ...source(
          pieces.flatMap((part) => part.pairs),
          pieces.flatMap((part) => part.images),
          pieces.flatMap((part) => part.train),
        ),
        out: whole,
      })
      const grown = join(dir, `grown-${made++}`)
      const before: Awaited<ReturnType<typeof contextsById>>[] = []
      for (const [i, { pairs, images, train }] of pieces.entries()) {
        const files = source(pairs, images, train)
        const { manifest } = await importMimicIt({ ...files, ...(i === 0 ? { out: grown } : { append: grown }) })
        expect(manifest.generation).toBe(i + 1)
        expect(manifest.generations).toHaveLength(i + 1)
        const contexts = await contextsById(grown)
        for (const older of before) expect(contexts).toMatchObject(older)
        before.push(contexts)
      }
      expect(await verifyDataset(grown)).toMatchObject({ ok: true, issues: [] })
      expect(await pairsOf(grown)).toEqual(await pairsOf(whole))
      expect(await picturesById(grown)).toEqual(await picturesById(whole))
      expect(before.at(-1)).toEqual(await contextsById(whole))
      const [one, other] = [await openDataset(grown), await openDataset(whole)]
      const { shards: _, blocks: __, ...counts } = one.manifest.tables.pairs
      expect(counts.rows).toBe(other.manifest.tables.pairs.rows)
      expect([one.manifest.statistics, one.manifest.subsets]).toEqual([
        other.manifest.statistics,
        other.manifest.subsets,
      ])
      for (const [id] of sourcePairs) expect(await one.pairRow(id)).toBe(await other.pairRow(id))
      await Promise.all([one.close(), other.close()])
    }),
    { numRuns: 4 },
  )
})

const [first, second, third] = parts([40, 80])
const base = join(dir, 'base')
const fresh = async () => {
  if (!existsSync(base)) await importMimicIt({ ...source(first!.pairs, first!.images, first!.train), out: base })
  const copy = join(dir, `copy-${made++}`)
  cpSync(base, copy, { recursive: true })
  return copy
}
const add = (out: string, part = second!) =>
  importMimicIt({ ...source(part.pairs, part.images, part.train), append: out })

test('a reader that opened the old generation goes on, cold indexes and all', async () => {
  const out = await fresh()
  const old = await openDataset(out)
  await add(out)
  expect(await old.pictureById(first!.images[0]![0])).toEqual(first!.images[0]![1])
  expect((await old.pairById(first!.pairs[3]![0])).response).toBe(first!.pairs[3]![1].answer)
  const table = await old.context('rel_ins_ids')
  expect(table.queries.length).toBe(40)
  expect((await table.get(39))?.contexts).toHaveLength(first!.pairs[39]![1].rel_ins_ids.length)
  expect((await faultOf(old.pairById(second!.pairs[0]![0]))).code).toBe('MIMICIT_NOT_FOUND')
  await old.close()
})

test('a context table that an append does not name keeps its rows and its generation', async () => {
  const out = await fresh()
  const { train: _, ...rest } = source(second!.pairs, second!.images)
  const before = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as { contexts: object; orderKey: string }
  const { manifest } = await importMimicIt({ ...rest, append: out })
  expect(manifest.contexts.train).toEqual((before.contexts as typeof manifest.contexts).train)
  expect(manifest.contexts.train?.orderKey).not.toBe(manifest.orderKey)
  expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
  const table = await (await openDataset(out)).context('train')
  expect(table.queries.length).toBe(first!.train.length)
  await table.close()
})

test.each([{ form: 'arrow' } as const, { form: 'parquet', compat: true } as const])(
  'an append to $form (compat: $compat) is that of the form of record, rewritten',
  async (form) => {
    const [parquet, appended, rewritten] = [await fresh(), join(dir, `form-${made++}`), join(dir, `form-${made++}`)]
    await rewriteDataset({ source: parquet, out: appended, ...form })
    await add(appended)
    await add(parquet)
    await rewriteDataset({ source: parquet, out: rewritten, ...form })
    const paths = await openDirectory(rewritten).list()
    expect((await openDirectory(appended).list()).filter((path) => paths.includes(path))).toEqual(paths)
    for (const path of paths) {
      if (path === 'provenance.json') continue
      expect(readFileSync(join(appended, path)).equals(readFileSync(join(rewritten, path))), path).toBe(true)
    }
    expect(await verifyDataset(appended, { deep: true })).toMatchObject({ ok: true, issues: [] })
    // Shards that a killed append left are known to be ours in this form, too.
    const left = join(appended, 'pairs', `00002.${form.form}`)
    writeFileSync(left, 'whole but unnamed')
    await add(appended, third)
    expect(readFileSync(left).byteLength).toBeGreaterThan(100)
    const stray = join(appended, 'pairs', `00009.${form.form}`)
    writeFileSync(stray, 'whole but unnamed')
    await (await appendDataset(appended)).finish({})
    expect(existsSync(stray)).toBe(false)
  },
)

test('a context table that was chosen, not imported, stays as it is', async () => {
  const out = await fresh()
  const writer = await appendDataset(out)
  const chosen = await writer.context('near', { name: 'text-similarity', parameters: { k: 1 } })
  await chosen.add({ query: 0, contexts: [1], scores: null })
  const before = (await writer.finish({})).contexts.near
  const { manifest } = await add(out)
  expect(manifest.contexts.near).toEqual(before)
  expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
})

test('indexes of the last generation stay for its readers, older ones go', async () => {
  const out = await fresh()
  await add(out)
  expect(existsSync(join(out, 'index/media.loc'))).toBe(true)
  await add(out, third)
  expect(existsSync(join(out, 'index/media.loc'))).toBe(false)
  expect(existsSync(join(out, 'index/generation-2/media.loc'))).toBe(true)
  expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
  const provenance = JSON.parse(readFileSync(join(out, 'provenance.json'), 'utf8')) as { appends: object[] }
  expect(provenance.appends).toMatchObject([{ generation: 2 }, { generation: 3 }])
})

/** A set of pairs and pictures by the names of files, which an import takes by its folder. */
const setOf = (name: string, pairs: Record<string, object>, images: Record<string, string>, train: object) => {
  const record = { instruction: 'q', answer: 'a', image_ids: [], rel_ins_ids: [] }
  const data = Object.fromEntries(Object.entries(pairs).map(([id, own]) => [id, { ...record, ...own }]))
  const folder = join(dir, `set-${made++}`)
  const files = { [`${name}_instructions.json`]: { data }, [`${name}.json`]: images, [`${name}_train.json`]: train }
  return writeFiles(folder, files)
}
const [red, blue] = await Promise.all([1, 2].map(async (n) => (await picture(n)).toString('base64')))

test('ids that the data set gave to other things are told and get the name of their source, as in one import', async () => {
  const one = setOf(
    'A',
    { X_1: { answer: 'of A', image_ids: ['I'] }, X_2: { rel_ins_ids: ['X_1'] } },
    { I: red!, J: blue! },
    { X_1: ['X_2'] },
  )
  const other = setOf(
    'B',
    {
      X_1: { answer: 'of B', image_ids: ['I', 'J'], rel_ins_ids: ['X_2'] },
      X_3: { image_ids: ['I'], rel_ins_ids: ['X_1', 'X_2'] },
    },
    { I: blue!, J: blue! },
    { X_1: ['X_3'] },
  )
  const together = await importDataset({ paths: [one, other], out: join(dir, `together-${made++}`) })
  const { out } = await importDataset({ paths: [one], out: join(dir, `grown-${made++}`) })
  const { issues } = await importDataset({ paths: [other], append: out })
  expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true })
  const told = issues.flatMap(({ code, examples }) => examples.map(({ message }) => `${code}: ${message}`))
  expect(told).toEqual([
    'MIMICIT_ID_COLLISION: the data set has another picture I; this one becomes B/I',
    'MIMICIT_ID_COLLISION: the data set has a pair X_1 too; this one becomes B/X_1',
    // Its row is written, and can be given no further id.
    'MIMICIT_DUPLICATE_MEDIA: media row 1 holds the same picture under another id; it is stored again',
  ])
  const [grown, whole] = [await imported(out), await imported(together.out)]
  const pairs = ({ pairs }: typeof grown) => pairs.map(({ media: _, ...pair }) => pair)
  expect(pairs(grown)).toEqual(pairs(whole))
  expect(grown.contexts).toEqual(whole.contexts)
  expect(grown.contexts.rel_ins_ids).toMatchObject({ 'B/X_1': ['X_2'], X_3: ['B/X_1', 'X_2'] })
  expect(grown.media.map(({ ids }) => ids)).toEqual([['I'], ['J'], ['B/I']])
})

test('names that are there too are refused, with a way on, and nothing changes', async () => {
  const set = (answer: string) => setOf('A', { X_1: { answer, image_ids: ['I'] } }, { I: red! }, {})
  const { out } = await importDataset({ paths: [set('one')], out: join(dir, `grown-${made++}`) })
  await importDataset({ paths: [set('two')], append: out })
  const before = readFileSync(join(out, 'manifest.json'))
  const fault = await faultOf(importDataset({ paths: [set('three')], append: out }))
  expect(fault.code).toBe('MIMICIT_ID_COLLISION')
  expect(fault.message).toContain('the data set has a pair X_1 too, and the data set has A/X_1')
  expect(fault.message).toContain('--name')
  expect(readFileSync(join(out, 'manifest.json')).equals(before)).toBe(true)
  await importDataset({ paths: [set('three')], append: out, name: 'again' })
  expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
  const { pairs, media } = await imported(out)
  expect(pairs.map(({ id }) => id)).toEqual(['X_1', 'A/X_1', 'again/X_1'])
  expect(media.map(({ ids }) => ids)).toEqual([['I']])
})

describe('a source that is there already', () => {
  const line = (id: string, response: string, more: object = {}) => ({ id, instruction: `${id} "?`, response, ...more })
  const jsonl = async (lines: readonly object[]) => {
    const folder = join(dir, `lines-${made++}`)
    return join(writeFiles(folder, { 'my.jsonl': lines, 'a.png': await picture(1) }), 'my.jsonl')
  }
  const trio = () =>
    setOf(
      'A',
      { X_1: { answer: 'a \u00e9 "\n', image_ids: ['I'] }, X_2: { image_ids: ['J'], rel_ins_ids: ['X_1'], more: 1 } },
      { I: red!, J: blue! },
      { X_1: ['X_2'] },
    )
  const lines = [line('a', 'A', { image: 'a.png' }), line('b', 'B', { language: 'de', note: 1 })]

  test.each([
    ['MIMIC-IT', async () => trio()],
    ['JSONL', () => jsonl(lines)],
  ])('is refused, and nothing changes: %s', async (_, write) => {
    const path = await write()
    const { out } = await importDataset({ paths: [path], out: join(dir, `grown-${made++}`) })
    const files = await openDirectory(out).list()
    const before = files.map((file) => readFileSync(join(out, file)))
    const fault = await faultOf(importDataset({ paths: [path], append: out }))
    expect(fault.code).toBe('MIMICIT_ALREADY_THERE')
    for (const part of ['2 that are all there', '--name', path]) expect(fault.message).toContain(part)
    expect(await openDirectory(out).list()).toEqual(files)
    for (const [i, file] of files.entries()) expect(readFileSync(join(out, file)).equals(before[i]!), file).toBe(true)
    // A report of each pair that collides would be as long as the source.
    expect(existsSync(`${out}.issues.jsonl`)).toBe(false)
    const { issues } = await importDataset({ paths: [path], append: out, name: 'again' })
    expect(issues).toMatchObject([{ code: 'MIMICIT_ID_COLLISION', level: 'warning', count: 2 }])
    expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true, issues: [] })
    expect((await imported(out)).pairs).toHaveLength(4)
  })

  test('is refused beside one that is new, and when only a part of it comes again', async () => {
    const { out } = await importDataset({ paths: [await jsonl(lines)], out: join(dir, `grown-${made++}`) })
    const fault = await faultOf(
      importDataset({ paths: [setOf('B', { X_9: {} }, {}, {}), await jsonl(lines)], append: out }),
    )
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_ALREADY_THERE', expect.stringContaining('my.jsonl')])
    expect((await faultOf(importDataset({ paths: [await jsonl(lines.slice(1))], append: out }))).code).toBe(fault.code)
  })

  test.each([
    ['one more pair', [...lines, line('c', 'C')], 3],
    ['another text', [lines[0]!, { ...lines[1]!, response: 'C' }], 2],
    ['another language', [lines[0]!, { ...lines[1]!, language: 'fr' }], 2],
    ['other metadata', [lines[0]!, { ...lines[1]!, note: 2 }], 2],
    ['no picture', [line('a', 'A'), lines[1]!], 2],
  ])('is not one with %s', async (_, others, count) => {
    const { out } = await importDataset({ paths: [await jsonl(lines)], out: join(dir, `grown-${made++}`) })
    const { manifest } = await importDataset({ paths: [await jsonl(others)], append: out })
    expect(manifest.tables.pairs.rows).toBe(lines.length + count)
  })

  test('is not one with an id that stands twice: one of its pairs would be nowhere', async () => {
    const { out } = await importDataset({ paths: [await jsonl(lines)], out: join(dir, `grown-${made++}`) })
    const path = await jsonl([line('a', 'C'), ...lines])
    const { manifest } = await importDataset({ paths: [path], append: out, duplicates: 'keep' })
    expect(manifest.tables.pairs.rows).toBe(5)
  })

  test('is not one with lists of contexts of which the data set has none', async () => {
    const { out } = await importDataset({ paths: [await jsonl(lines)], out: join(dir, `grown-${made++}`) })
    const path = await jsonl([lines[0]!, { ...lines[1]!, context: ['a'] }])
    const { manifest } = await importDataset({ paths: [path], append: out })
    expect([manifest.tables.pairs.rows, Object.keys(manifest.contexts)]).toEqual([4, ['context']])
  })

  test('is looked for only until a request to stop', async () => {
    const path = await jsonl(lines)
    const { out } = await importDataset({ paths: [path], out: join(dir, `grown-${made++}`) })
    const stop = new AbortController()
    const onProgress = ({ stage }: Progress) => {
      if (stage === 'reading instructions again') stop.abort()
    }
    const fault = await faultOf(importDataset({ paths: [path], append: out, onProgress, signal: stop.signal }))
    expect(fault.code).toBe('MIMICIT_ABORTED')
  })

  test('is told when an append that was killed is done', async () => {
    const { out } = await importDataset({ paths: [trio()], out: join(dir, `grown-${made++}`) })
    const path = await jsonl(lines)
    const options = { paths: [path], append: out }
    expect(await killedImport(options, 1, 'writing pairs')).toBe(true)
    expect((await importDataset(options)).manifest.tables.pairs.rows).toBe(4)
    expect((await faultOf(importDataset(options))).code).toBe('MIMICIT_ALREADY_THERE')
  })
})

test.each(['last', 'keep'] as const)(
  'of a picture that comes twice beside one that is there (%s)',
  async (duplicates) => {
    const { out } = await importDataset({
      paths: [setOf('A', { X_1: { image_ids: ['I'] } }, { I: red! }, {})],
      out: join(dir, `grown-${made++}`),
    })
    const folder = setOf('B', { X_2: { image_ids: ['I'] } }, {}, {})
    writeFiles(folder, { 'B.json': `{"I": "${red}", "I": "${blue}"}` })
    await importDataset({ paths: [folder], append: out, duplicates })
    expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true, issues: [] })
    const { pairs, media } = await imported(out)
    expect(pairs.map(({ mediaIds }) => mediaIds)).toEqual([['I'], ['B/I']])
    expect(media.map(({ ids }) => ids)).toEqual([['I'], ['B/I']])
  },
)

test('a picture that the data set has under another id is stored again, and told', async () => {
  const out = await fresh()
  const { issues, manifest } = await add(out, { pairs: [], images: [['NEW_IMG_1', first!.images[0]![1]]], train: [] })
  expect(issues.map(({ code, level, count }) => [code, level, count]).sort()).toEqual([
    ['MIMICIT_DUPLICATE_MEDIA', 'warning', 1],
    ['MIMICIT_EMPTY', 'warning', 1],
  ])
  expect(manifest.tables.media.rows).toBe(first!.images.length + 1)
})

test('either a new data set or one to add to', async () => {
  for (const target of [{}, { out: join(dir, 'x'), append: base }]) {
    const fault = await faultOf(importMimicIt({ ...source([], []), ...target }))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_BAD_VALUE', 'importMimicIt'])
  }
})

test('only one appends at a time; what a dead process left is cleared away', async () => {
  const out = await fresh()
  const writer = await appendDataset(out)
  expect((await faultOf(appendDataset(out))).code).toBe('MIMICIT_BUSY')
  await writer.abort()
  expect(existsSync(join(out, 'append.partial'))).toBe(false)
  // A process that is certainly gone, with a half-written shard.
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  const leave = (owner: object) => {
    mkdirSync(join(out, 'append.partial/pairs'), { recursive: true })
    writeFileSync(join(out, 'append.partial/pairs/00001.parquet'), 'PAR1 half')
    writeFileSync(join(out, 'append.partial/owner.json'), JSON.stringify(owner))
  }
  leave({ pid: child.pid, host: hostname() })
  await (await appendDataset(out)).abort()
  leave({ pid: child.pid, host: 'another-machine' })
  const fault = await faultOf(appendDataset(out))
  expect([fault.code, fault.parts.hint?.includes('append.partial')]).toEqual(['MIMICIT_BUSY', true])
  rmSync(join(out, 'append.partial'), { recursive: true })
  expect((await faultOf(appendDataset(out, 'f'.repeat(64)))).code).toBe('MIMICIT_BUSY')
})

test('an append that finds the data set changed when it is done publishes nothing', async () => {
  const out = await fresh()
  const writer = await appendDataset(out)
  const manifest = readFileSync(join(out, 'manifest.json'), 'utf8')
  writeFileSync(join(out, 'manifest.json'), `${manifest} `)
  expect((await faultOf(writer.finish({}))).code).toBe('MIMICIT_BUSY')
  await writer.abort()
  writeFileSync(join(out, 'manifest.json'), manifest)
  expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
})

test('a context of the same name chosen in another way is refused', async () => {
  const writer = await appendDataset(await fresh())
  const fault = await faultOf(writer.context('train', { name: 'clip', parameters: {} }))
  expect([fault.code, fault.message.includes('"name":"stored"')]).toEqual(['MIMICIT_BAD_VALUE', true])
  await writer.abort()
})

test('shards that an append left when it was killed are replaced by the next one', async () => {
  const out = await fresh()
  writeFileSync(join(out, 'pairs/00001.parquet'), 'whole but unnamed')
  writeFileSync(join(out, 'pairs/00002.parquet'), 'whole but unnamed')
  await add(out)
  expect(existsSync(join(out, 'pairs/00002.parquet'))).toBe(false)
  expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
})

test('a damaged data set is not added to', async () => {
  const out = join(dir, 'damaged')
  await importFixtures(out)
  const path = join(out, 'pairs/00000.parquet')
  const bytes = readFileSync(path)
  bytes[100]! ^= 1
  writeFileSync(path, bytes)
  expect((await faultOf(appendDataset(out))).code).toBe('MIMICIT_CORRUPT')
  expect(existsSync(join(out, 'append.partial'))).toBe(false)
})

test('killed early, midway and late, the old generation is whole, or the new one is; the next append finds its way', async () => {
  for (const steps of [1, 23, second!.pairs.length + second!.images.length]) {
    const out = await fresh()
    const old = await pairsOf(out)
    const files = source(second!.pairs, second!.images, second!.train)
    const { instructions: paths, images, train } = files
    await killedImport({ paths, images, train, append: out }, steps)
    const { ok, issues } = await verifyDataset(out)
    expect([ok, issues.every(({ code }) => code === 'MIMICIT_UNKNOWN_FILE')]).toEqual([true, true])
    const left = await pairsOf(out)
    if (left.length === old.length) {
      expect(left).toEqual(old)
      expect((await importMimicIt({ ...files, append: out })).manifest.generation).toBe(2)
    }
    expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
    expect((await pairsOf(out)).length).toBe(old.length + second!.pairs.length)
  }
})
