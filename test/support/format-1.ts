// The golden data set of format 1: small, and with one of everything that the format can say. `fixtures/make-format-1.js`
// wrote it to fixtures/format-1/ with this. Rows may not change: the files there are what every later version must read, and
// fixtures/format-1-bytes.json has the hashes of what every machine must write of them.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { rewriteDataset } from '../../src/layout/rewrite.js'
import { appendDataset } from '../../src/shards/append-dataset.js'
import type { DatasetSizes } from '../../src/shards/create-options.js'
import { createDataset, type LengthsSource } from '../../src/shards/dataset-writer.js'
import type { MixtureRecord } from '../../src/shards/manifest.js'
import type { LengthsRow } from '../../src/text/lengths-row.js'
import type { ContextRow, Media, Pair } from '../../src/tuple/tuple.js'
import { storedPng } from './stored-png.js'

/**
 * The directories that are written: both forms, the profile for old readers, one that an append made larger, and one with
 * token counts and a mixture.
 */
export const FORMAT_1_SETS = ['parquet', 'arrow', 'compat', 'grown', 'counted'] as const
export type Format1Set = (typeof FORMAT_1_SETS)[number]

/** What a context table holds and says of itself. */
interface Context {
  readonly select: { readonly name: string; readonly parameters: Readonly<Record<string, unknown>> }
  readonly pairs?: { readonly from: number; readonly to: number }
  readonly rows: readonly ContextRow[]
}

/** What a lengths table holds and says of itself. */
interface Lengths {
  readonly source: LengthsSource
  readonly rows: readonly LengthsRow[]
}

/** Rows in the order in which they are added. */
interface Rows {
  readonly media: readonly Media[]
  readonly pairs: readonly Pair[]
  readonly contexts: Readonly<Record<string, Context>>
  readonly lengths?: Readonly<Record<string, Lengths>>
  readonly mixture?: readonly MixtureRecord[]
}

/** Several row groups and shards of a few rows. */
const SIZES: DatasetSizes = {
  media: { rowGroupBytes: 6000, rowGroupRows: 3, shardBytes: 6000 },
  text: { rowGroupBytes: 4000, rowGroupRows: 4, shardBytes: 1500 },
}

/** 8 × 8 pixels of noise, made by us: a picture of another format, whose name ends otherwise. */
const JPEG = Buffer.from(
  '/9j/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAIAAgDAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAABf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAVAQEBAAAAAAAAAAAAAAAAAAAFBv/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/ADRKmf/Z',
  'base64',
)

const media = (
  ids: readonly string[],
  bytes: Uint8Array,
  size: readonly [number, number],
  rest: Partial<Media> = {},
) => ({
  ...{ ids, bytes, width: size[0], height: size[1], format: 'png', clip: null, frameTime: null },
  sha256: createHash('sha256').update(bytes).digest(),
  ...rest,
})
const plain = (width: number, height: number, colour: readonly number[]) => storedPng(width, height, () => colour)
const frame = (i: number, frameTime: number) =>
  media([`DC_IMG_kitchen_${i}`], plain(2, 2, [i * 60, 90, 200]), [2, 2], { clip: 'kitchen', frameTime })

const pair = (id: string, subset: string, instruction: string, response: string, rest: Partial<Pair> = {}): Pair => ({
  ...{ id, subset, split: null, language: 'en', instruction, response },
  ...{ mediaKind: 'none', media: [], mediaIds: [], mediaPositions: null, mediaTimes: null, metadata: null },
  ...rest,
})
const on = (rows: readonly number[], mediaIds: readonly string[]) =>
  ({ mediaKind: 'images', media: rows, mediaIds }) as const

const FIRST: Rows = {
  media: [
    media(['LA_IMG_red', 'LA_IMG_crimson', '赤'], plain(4, 3, [220, 20, 60]), [4, 3]),
    media(['LA_IMG_noise'], JPEG, [8, 8], { format: 'jpeg' }),
    // 4096 bytes and more: a page of its own in Parquet, after a page that holds several.
    media(
      ['CGD_IMG_stripes'],
      storedPng(40, 36, (x, y) => [x * 6, y * 7, (x ^ y) * 4]),
      [40, 36],
    ),
    frame(0, 0),
    frame(1, 0.5),
    frame(2, 1.04),
    media(['🐕'], plain(1, 1, [0, 0, 0]), [1, 1]),
  ],
  pairs: [
    pair('LA_INS_0', 'LA', 'What colour is this?', 'Crimson.', { ...on([0], ['LA_IMG_red']), split: 'train' }),
    pair('LA_INS_1', 'LA', 'この画像は何色ですか。', '深紅です。', {
      ...{ ...on([0], ['赤']), language: 'ja', split: 'train', mediaPositions: [0] },
    }),
    pair('LA_INS_ü', 'LA', '\ufeffBegins with a byte order mark, "quotes",\r\n\tlines', '\u0000 and \\ end.', {
      metadata: '{}',
    }),
    pair('LA_INS_3', 'LA', '天空是什么颜色？', '蓝色。', { language: 'zh-Hans', mediaPositions: [], mediaTimes: [] }),
    pair('CGD_INS_0', 'CGD', 'Compare 🐕 with  and say what differs.', 'One is larger.', {
      ...{ ...on([6, 2], ['🐕', 'CGD_IMG_stripes']), split: 'validation', mediaPositions: [8, 16] },
    }),
    pair(
      'CGD_INS_1',
      'CGD',
      'Twice the same?',
      'Yes. '.repeat(80).trim(),
      on([1, 1], ['LA_IMG_noise', 'LA_IMG_noise']),
    ),
    pair('DC_INS_0', 'DC', 'What happens in the kitchen?', 'الضوء يتغيّر.', {
      ...{ mediaKind: 'video', media: [3, 4, 5], mediaIds: [0, 1, 2].map((i) => `DC_IMG_kitchen_${i}`) },
      ...{
        language: 'ar',
        split: 'test',
        mediaTimes: [0, 0.5, 1.04],
        metadata: '{"scene":"キッチン","n":[1,2.5,null]}',
      },
    }),
    pair('DC_INS_1', 'DC', 'And at the end?', 'It stays blue.', { ...on([5], ['DC_IMG_kitchen_2']), split: 'test' }),
    pair('DC_INS_2', 'DC', 'Is there sound?', 'There is none.'),
  ],
  contexts: {
    // The training list: not in the order of the rows, one without any context, no scores.
    train: {
      select: { name: 'stored', parameters: { field: 'train' } },
      rows: [
        { query: 1, contexts: [0], scores: null },
        { query: 0, contexts: [], scores: null },
        { query: 5, contexts: [4, 0, 1, 2], scores: null },
        { query: 7, contexts: [6], scores: null },
      ],
    },
    'near-1.0_a': {
      select: { name: 'nearest', parameters: { by: 'text', shots: 2, weights: [0.5, 1] } },
      pairs: { from: 2, to: 8 },
      rows: [
        { query: 2, contexts: [3, 7], scores: [0.75, 0.1] },
        { query: 3, contexts: [], scores: [] },
        { query: 4, contexts: [5], scores: [-1.5e-8] },
        { query: 5, contexts: [4], scores: null },
      ],
    },
  },
}

/** What the append brings. */
const SECOND: Rows = {
  media: [media(['TVC_IMG_0', 'TVC_IMG_zero'], plain(3, 1, [1, 2, 3]), [3, 1])],
  pairs: [
    pair('TVC_INS_0', 'TVC', 'Which shot is it?', 'A short one.', on([7, 0], ['TVC_IMG_zero', 'LA_IMG_crimson'])),
    pair('TVC_INS_1', 'TVC', 'And the next?', 'There is no next.'),
  ],
  contexts: {
    train: { select: FIRST.contexts.train!.select, rows: [{ query: 9, contexts: [8, 0], scores: null }] },
  },
}

/** Made-up counts with every null that there can be, so that no tokenizer and no template decides over the format. */
function counts(name: string, ids: boolean): Lengths {
  const list = (length: number, from: number) => (ids ? Array.from({ length }, (_, k) => (from + 37 * k) % 262) : null)
  const rows = FIRST.pairs.map(({ mediaPositions }, i): LengthsRow => {
    const [instruction, response, isBare] = [i + 5, i % 4, i % 3 === 0]
    return {
      ...{ instruction, response, unmarked: isBare ? null : i + 4 },
      interleaved: mediaPositions === null ? null : i + 6,
      ids: list(instruction + response + 4, i),
      unmarkedIds: isBare ? null : list(instruction + response + 2, i + 1),
      interleavedIds: mediaPositions === null ? null : list(instruction + response + 5, i + 2),
    }
  })
  const tokenizer = { name, fingerprint: '0123456789abcdef' }
  return {
    source: { tokenizer, template: { name: 'simple', fingerprint: 'fedcba9876543210' }, cleaning: 'none', ids },
    rows,
  }
}

/** What the first set has, and counts, and how it is mixed. */
const COUNTED: Rows = {
  ...FIRST,
  lengths: { 'bytes-simple': counts('bytes', true), 'gpt2-simple': counts('gpt2', false) },
  mixture: [
    {
      ...{ name: 'LA', group: 'IMAGE_TEXT', subsets: ['LA'], pairs: { from: 0, to: 4 }, numSamples: null },
      taskDescriptions: [],
    },
    {
      ...{ name: 'others', group: 'VIDEO_TEXT', pairs: { from: 4, to: 9 }, numSamples: 3 },
      taskDescriptions: ['Say what happens.', '何が起きますか。'],
    },
  ],
}

/** Writes the data sets below a directory. */
export async function writeFormat1(dir: string): Promise<void> {
  const parquet = join(dir, 'parquet')
  await add(await createDataset(parquet, { sizes: SIZES }), FIRST)
  await rewriteDataset({ source: parquet, out: join(dir, 'arrow'), form: 'arrow' })
  await rewriteDataset({ source: parquet, out: join(dir, 'compat'), form: 'parquet', compat: true })
  const grown = join(dir, 'grown')
  await add(await createDataset(grown, { sizes: SIZES }), FIRST)
  await add(await appendDataset(grown), SECOND)
  await add(await createDataset(join(dir, 'counted'), { sizes: SIZES }), COUNTED)
}

async function add(writer: Awaited<ReturnType<typeof createDataset>>, rows: Rows): Promise<void> {
  for (const row of rows.media) await writer.addMedia(row)
  for (const row of rows.pairs) await writer.addPair(row)
  for (const [name, { select, pairs, rows: contextRows }] of Object.entries(rows.contexts)) {
    const table = await writer.context(name, { ...select, ...(pairs === undefined ? {} : { pairs }) })
    for (const row of contextRows) await table.add(row)
  }
  for (const [name, { source, rows: lengthsRows }] of Object.entries(rows.lengths ?? {})) {
    const table = await writer.lengths(name, source)
    for (const row of lengthsRows) await table.add(row)
  }
  await writer.finish({ tool: 'mimicit', command: 'golden' }, rows.mixture)
}

/** What stands in a set, as plain values: made of the rows above, without reading any file. */
export function expectedFormat1(set: Format1Set) {
  const parts = set === 'grown' ? [FIRST, SECOND] : [set === 'counted' ? COUNTED : FIRST]
  const contexts: Record<string, ContextRow[]> = {}
  for (const part of parts) {
    for (const [name, { rows }] of Object.entries(part.contexts)) {
      // Scores are stored as float32.
      const stored = rows.map((row) => ({ ...row, scores: row.scores?.map(Math.fround) ?? null }))
      contexts[name] = [...(contexts[name] ?? []), ...stored]
    }
  }
  return {
    media: parts
      .flatMap((part) => part.media)
      .map(({ bytes, sha256, ...facts }) => ({
        ...facts,
        byteLength: bytes.byteLength,
        sha256: Buffer.from(sha256).toString('hex'),
      })),
    pairs: parts.flatMap((part) => part.pairs),
    contexts,
    ...(set === 'counted' && {
      lengths: Object.fromEntries(Object.entries(COUNTED.lengths!).map(([name, { rows }]) => [name, rows])),
      mixture: COUNTED.mixture!,
    }),
  }
}

/** SHA-256 of every file of a directory by its path, but of the one that says when and where. */
export function digestsOf(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/(^expected|provenance)\.json$/.test(path) && statSync(join(dir, path)).isFile())
    .sort()
  return Object.fromEntries(
    files.map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(dir, path)))
        .digest('hex'),
    ]),
  )
}
