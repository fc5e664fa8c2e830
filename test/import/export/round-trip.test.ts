// Import, export, import: in every form the same content comes back, or the export has told what it left out. What each
// form writes is in the tests beside this one.
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { exportDataset } from '../../../src/import/export/export-dataset.js'
import { type ExportFormName, exportForms } from '../../../src/import/export/forms.js'
import { verifyDataset } from '../../../src/shards/verify/index.js'
import { importAgain } from '../../support/export-import.js'
import { importFixtures } from '../../support/fixtures.js'
import { contentOf, silentlyLost } from '../../support/silently-lost.js'
import { storedPng } from '../../support/stored-png.js'
import { tempDir } from '../../support/temp-dir.js'
import { type DatasetSpec, writeDataset } from '../../support/write-dataset.js'

const root = tempDir()
const data = join(root, 'data')
let made = 0
const fresh = () => join(root, `made-${made++}`)
const forms = Object.keys(exportForms) as ExportFormName[]

beforeAll(() => importFixtures(data))

async function roundTrip(source: string, to: ExportFormName) {
  const [files, again] = [fresh(), fresh()]
  // Of several sets of files nobody knows the order; one has all of it.
  const isNamed = to.startsWith('mimic-it')
  const { losses } = await exportDataset({ source, to, out: files, ...(isNamed && { name: 'ALL' }) })
  await importAgain(to, files, again)
  expect(await verifyDataset(again)).toMatchObject({ ok: true })
  return { losses, before: await contentOf(source), after: await contentOf(again) }
}

describe.each(forms)('%s', (to) => {
  test('the fixtures come back; only what was told is missing', async () => {
    const { losses, before, after } = await roundTrip(data, to)
    expect(silentlyLost(before, after, losses)).toEqual([])
    const missing = { 'mimic-it': [], 'mimic-it-parquet': [], jsonl: [], hf: ['contexts of the table train'] }
    const llava = ['contexts of the table rel_ins_ids', 'contexts of the table train']
    expect(losses.map(({ what }) => what)).toEqual({ ...missing, llava }[to])
    expect(after.pictures).toEqual(before.pictures)
    if (losses.length === 0) expect(after.pairs).toEqual(before.pairs)
  })

  test('any data come back, or it is told what does not', async () => {
    await fc.assert(
      fc.asyncProperty(anyDataset, async (spec) => {
        const source = fresh()
        await writeDataset(source, spec)
        const { losses, before, after } = await roundTrip(source, to)
        expect(silentlyLost(before, after, losses)).toEqual([])
      }),
      { numRuns: 15 },
    )
  }, 60_000)
})

const isFine = (text: string) => !/\p{Surrogate}/u.test(text)
const odd = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).filter(isFine),
  fc.constantFrom('../x', 'a/b', '"', '\\', '1', 'é\u0000', 'a.jpg', 'a', 'https://x.y/z', 'c_0', 'c_1', '__proto__'),
)
const idOf = (kind: string) =>
  fc
    .tuple(fc.constantFrom('', `LA_${kind}_`, `DC_${kind}_`, `LACONV_00_${kind}_`, `LA_${kind}_train_`), odd)
    .map((parts) => parts.join(''))
const text = fc
  .array(fc.oneof(odd, fc.constantFrom('<image>', '\n', ' ', '\r\n', 'Was ist das?')), { maxLength: 5 })
  .map((parts) => parts.join(''))
const some = fc.array(fc.nat(30), { maxLength: 3 })
const metadata = fc.option(
  fc.dictionary(
    fc.constantFrom('a', 'system', 'image', 'metadata', 'texts', 'toString'),
    fc.oneof(fc.string().filter(isFine), fc.constant(null), fc.constant([1, 'x']), fc.double({ noNaN: true })),
  ),
)

/** A data set as an import could have made it. */
const anyDataset: fc.Arbitrary<DatasetSpec> = fc
  .record({
    ids: fc.uniqueArray(idOf('IMG'), { maxLength: 6 }),
    twins: fc.nat(2),
    pairs: fc.uniqueArray(
      fc.record({
        id: idOf('INS'),
        subset: fc.option(fc.constantFrom('LA', 'DC', 'LLaVA', 'my own')),
        split: fc.option(fc.constantFrom('train', 'validation', 'test'), { freq: 1 }),
        language: fc.constantFrom('en', 'zh'),
        instruction: text,
        response: text,
        isVideo: fc.boolean(),
        media: some,
        positions: fc.option(some),
        hasTimes: fc.boolean(),
        metadata,
        contexts: fc.record({ rel_ins_ids: some, rounds: some, near: some, train: fc.option(some) }),
        continues: fc.boolean(),
      }),
      { minLength: 1, maxLength: 7, selector: ({ id }) => id },
    ),
    isPlain: fc.boolean(),
  })
  .map(({ ids: names, twins, pairs, isPlain }) => {
    const ids = names.length > twins ? names : []
    const media = ids.slice(twins).map((id, n) => ({
      ids: n === 0 ? [id, ...ids.slice(0, twins)] : [id],
      content: n,
      bytes: storedPng(2, 2, () => [n, 0, 0]),
    }))
    const pick = <T>(list: readonly T[], at: readonly number[]) =>
      at.flatMap((n) => (n < list.length ? [list[n]!] : []))
    const rowsBut = (own: number, at: readonly number[]) => at.filter((row) => row < pairs.length && row !== own)
    const written = pairs.map((pair) => {
      const pictures = pick(ids, pair.media)
      const places = pictures.map((_, i) => Math.min(pair.instruction.length, pair.positions?.[i] ?? 0))
      const kind = pair.isVideo ? ('video' as const) : ('images' as const)
      return {
        id: pair.id,
        ...(pair.subset !== null && { subset: pair.subset }),
        ...(isPlain ? {} : { split: pair.split, language: pair.language }),
        instruction: pair.instruction,
        response: pair.response,
        pictures,
        mediaKind: pictures.length === 0 ? ('none' as const) : kind,
        mediaPositions: pair.positions === null || pictures.length === 0 ? null : places.sort((a, b) => a - b),
        mediaTimes: pair.hasTimes && pictures.length > 0 ? pictures.map((_, i) => i / 3) : null,
        // An import stores no empty metadata.
        metadata: Object.keys(pair.metadata ?? {}).length === 0 ? null : JSON.stringify(pair.metadata),
      }
    })
    const table = (name: 'rel_ins_ids' | 'near') =>
      pairs.map(({ contexts }, query) => ({ query, contexts: rowsBut(query, contexts[name]), scores: null }))
    // Conversations: a pair may have all the rounds before it, from the last one that has none.
    let first = 0
    const rounds = pairs.map(({ continues, contexts }, query) => {
      if (!continues) first = query
      const before = Array.from({ length: query - first }, (_, i) => first + i)
      return { query, contexts: contexts.rounds.length === 3 ? rowsBut(query, contexts.rounds) : before, scores: null }
    })
    const train = pairs.flatMap(({ contexts }, query) =>
      contexts.train === null ? [] : [{ query, contexts: rowsBut(query, contexts.train), scores: null }],
    )
    return {
      media,
      pairs: written,
      contexts: { rel_ins_ids: table('rel_ins_ids'), near: table('near'), rounds, train },
    }
  })
