// Import, export, import: in every form the same content comes back, or the export has told what it left out. What each
// form writes is in the tests beside this one.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { exportDataset } from '../../../src/import/export/export-dataset.js'
import { type ExportFormName, exportForms } from '../../../src/import/export/forms.js'
import type { Loss } from '../../../src/import/export/losses.js'
import { openDataset } from '../../../src/shards/dataset.js'
import { verifyDataset } from '../../../src/shards/verify/index.js'
import { importAgain } from '../../support/export-import.js'
import { importFixtures } from '../../support/fixtures.js'
import { storedPng } from '../../support/stored-png.js'
import { tempDir } from '../../support/temp-dir.js'
import { type DatasetSpec, writeDataset } from '../../support/write-dataset.js'

const root = tempDir()
const data = join(root, 'data')
let made = 0
const fresh = () => join(root, `made-${made++}`)
const forms = Object.keys(exportForms) as ExportFormName[]

beforeAll(() => importFixtures(data))

/** What a pair is, field by field; contexts by table. */
type Content = ReadonlyMap<string, string>

interface Whole {
  readonly pairs: ReadonlyMap<string, Content>
  /** SHA-256 of a picture by its id. */
  readonly pictures: ReadonlyMap<string, string>
  /** Ids of pictures, first ids and others, that pairs name. */
  readonly named: ReadonlySet<string>
}

async function contentOf(location: string): Promise<Whole> {
  const dataset = await openDataset(location)
  try {
    const pictures = new Map<string, string>()
    const hashes: string[] = []
    for await (const [row, bytes] of dataset.pictures()) {
      hashes.push(createHash('sha256').update(bytes).digest('hex'))
      for (const id of (await dataset.media(row)).ids) pictures.set(id, hashes[row]!)
    }
    const ids: string[] = []
    const pairs = new Map<string, Map<string, string>>()
    const named = new Set<string>()
    for await (const [, pair] of dataset.pairs()) {
      const { id, media, metadata, mediaPositions, ...fields } = pair
      ids.push(id)
      for (const name of pair.mediaIds) named.add(name)
      const content = new Map(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)]))
      content.set('media', JSON.stringify(media.map((row) => hashes[row])))
      content.set('metadata', metadata === null ? 'null' : sorted(JSON.parse(metadata)))
      // In front of the text is where pictures without a place are.
      const isInFront = mediaPositions?.every((position) => position === 0) ?? true
      content.set('mediaPositions', JSON.stringify(isInFront ? null : mediaPositions))
      pairs.set(id, content)
    }
    for (const name of Object.keys(dataset.manifest.contexts)) {
      const table = await dataset.context(name)
      for (const [n, query] of [...table.queries].entries()) {
        const contexts = [...((await table.get(query))?.contexts ?? [])].map((row) => ids[row])
        // In the training list it matters that a pair is in it, and where.
        if (name === 'train') pairs.get(ids[query]!)!.set(name, JSON.stringify([n, contexts]))
        else if (contexts.length > 0) pairs.get(ids[query]!)!.set(name, JSON.stringify(contexts))
      }
    }
    return { pairs, pictures, named }
  } finally {
    await dataset.close()
  }
}

/** JSON with the fields of the outermost object in the order of their names. */
const sorted = (value: object) => JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))

/** What an export says when a field of a pair does not come back. */
const TOLD: Readonly<Record<string, RegExp>> = {
  subset: /^the subset/,
  split: /split/,
  language: /^the language/,
  instruction: /^white space|^that <image>/,
  response: /^that <image>/,
  mediaKind: /^that the pictures are/,
  mediaIds: /^ids of pictures/,
  mediaPositions: /^positions|^white space|^that <image>/,
  mediaTimes: /^times/,
  metadata: /^metadata/,
  rel_ins_ids: /table rel_ins_ids/,
  near: /table near/,
  rounds: /table rounds|^rounds/,
  train: /table train/,
}

/** Whatever did not come back and was not told. */
function silentlyLost(before: Whole, after: Whole, losses: readonly Loss[]): string[] {
  const found: string[] = []
  const differing = new Map<string, number>()
  const count = (field: string) => differing.set(field, (differing.get(field) ?? 0) + 1)
  if ([...before.pairs.keys()].sort().join('\n') !== [...after.pairs.keys()].sort().join('\n')) found.push('pairs')
  for (const [id, content] of before.pairs) {
    const again = after.pairs.get(id) ?? new Map()
    for (const field of new Set([...content.keys(), ...again.keys()])) {
      if (content.get(field) !== again.get(field)) count(field)
    }
  }
  const told = (pattern: RegExp | undefined) =>
    losses.reduce((sum, loss) => sum + (pattern?.test(loss.what) ? loss.count : 0), 0)
  for (const [field, times] of differing) {
    if (told(TOLD[field]) < times) found.push(`${field} of ${times} pairs, told of ${told(TOLD[field])}`)
  }
  const isInOrder = [...before.pairs.keys()].join('\n') === [...after.pairs.keys()].join('\n')
  if (!isInOrder && told(/^the order of the rows/) === 0) found.push('the order of the pairs')
  const missing = [...before.pictures.keys()].filter((id) => !after.pictures.has(id))
  const unnamed = new Set(missing.filter((id) => !before.named.has(id)).map((id) => before.pictures.get(id)))
  if (unnamed.size > told(/no pair names|further ids/)) found.push(`pictures ${missing.join(', ')}`)
  const changed = [...before.pictures].filter(([id, hash]) => (after.pictures.get(id) ?? hash) !== hash)
  if (changed.length > 0) found.push(`other pictures under ${changed.map(([id]) => id).join(', ')}`)
  return found
}

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
