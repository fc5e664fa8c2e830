// What in-context functions and their guards know of every pair without reading it again: a few numbers a row, from one
// reading of the columns they come from. The response is not among them: C_psi never sees it.
import { sha256 } from '../base/hash.js'
import type { Dataset } from '../shards/dataset.js'
import { roundOf, sceneOf } from '../tuple/scene.js'
import { type Groups, groupRows } from './groups.js'

/** One word a row out of a few. */
export interface Labels {
  readonly names: readonly string[]
  /** Index into `names` of each row. */
  readonly of: Uint32Array
}

/** Numbers of every pair, by row. */
export interface PairFacts {
  readonly rows: number
  readonly subsets: Labels
  readonly languages: Labels
  /** Pairs without a split have the empty name. */
  readonly splits: Labels
  /** Media rows of a pair: `media.rows[media.starts[row]]` up to `media.starts[row + 1]`. */
  readonly media: { readonly starts: Int32Array; readonly rows: Int32Array }
  /** Pairs on the same picture, pair of pictures or clip; a pair without visuals is in no group. */
  readonly visuals: Groups
  /** Pairs with the same instruction. */
  readonly instructions: Groups
  /** Rounds of the same conversation on the same visuals. */
  readonly conversations: Groups
  /** Which round of its conversation a pair is; -1 for none. */
  readonly round: Int16Array
  /** Pairs of the same album, scene, room or show. */
  readonly scenes: Groups
}

const COLUMNS = ['id', 'subset', 'split', 'language', 'instruction', 'media', 'media_ids', 'metadata']

/**
 * Reads what there is to know of every pair. Memory is about 90 bytes a pair and 4 a media row of one, whatever the texts
 * are; a picture's clip is looked up once.
 */
export async function readPairFacts(dataset: Dataset): Promise<PairFacts> {
  const { rows } = dataset.manifest.tables.pairs
  const clips = await readClips(dataset)
  const subsets = labels(rows)
  const languages = labels(rows)
  const splits = labels(rows)
  const starts = new Int32Array(rows + 1)
  let media = new Int32Array(Math.max(16, rows))
  const keys = () => new Float64Array(rows).fill(Number.NaN)
  const [visuals, instructions, conversations, scenes] = [keys(), keys(), keys(), keys()]
  const round = new Int16Array(rows).fill(-1)
  for await (const { firstRow, rows: count, columns } of dataset.columns('pairs', COLUMNS)) {
    const at = <T>(name: string, i: number) => columns[name]?.[i] as T
    for (let i = 0; i < count; i++) {
      const row = firstRow + i
      const subset = at<string>('subset', i)
      subsets.set(row, subset)
      languages.set(row, at<string>('language', i))
      splits.set(row, at<string | undefined>('split', i) ?? '')
      instructions[row] = keyOf(at<string>('instruction', i))
      const own = at<readonly number[]>('media', i)
      const from = starts[row]!
      if (from + own.length > media.length) media = grown(media, from + own.length)
      media.set(own, from)
      starts[row + 1] = from + own.length
      if (own.length > 0) visuals[row] = visualKey(own, clips)
      const id = at<string>('id', i)
      const turn = roundOf(id)
      if (turn !== undefined) {
        round[row] = Math.min(turn.round, 32767)
        conversations[row] = keyOf(`${turn.conversation} ${own.join()}`)
      }
      const metadata = at<string | undefined>('metadata', i) ?? null
      const scene = sceneOf({ id, subset, mediaIds: at('media_ids', i), metadata })
      if (scene !== undefined) scenes[row] = keyOf(scene)
    }
  }
  return {
    rows,
    subsets,
    languages,
    splits,
    media: { starts, rows: media.subarray(0, starts[rows]!) },
    visuals: groupRows(visuals),
    instructions: groupRows(instructions),
    conversations: groupRows(conversations),
    round,
    scenes: groupRows(scenes),
  }
}

/** Whether two pairs are on the same visuals, or on others that have a picture in common: the pairs (a, b) and (b, a). */
export function sharePicture({ visuals, media: { starts, rows } }: PairFacts, a: number, b: number): boolean {
  if (visuals.of[a]! >= 0 && visuals.of[a] === visuals.of[b]) return true
  const own = rows.subarray(starts[a]!, starts[a + 1]!)
  const others = rows.subarray(starts[b]!, starts[b + 1]!)
  return others.some((row) => own.includes(row))
}

/** The clip of each media row as a number, 0 where it is of none. */
async function readClips(dataset: Dataset): Promise<Float64Array | undefined> {
  if (dataset.manifest.statistics.mediaKinds.video === undefined) return undefined
  const clips = new Float64Array(dataset.manifest.tables.media.rows)
  for await (const { firstRow, columns } of dataset.columns('media', ['clip'])) {
    for (const [i, clip] of (columns.clip ?? []).entries()) {
      if (typeof clip === 'string') clips[firstRow + i] = keyOf(`clip ${clip}`)
    }
  }
  return clips
}

/** A clip is the same visual however its frames were picked; pictures are the same if they are the same in the same order. */
function visualKey(media: readonly number[], clips: Float64Array | undefined): number {
  const clip = clips?.[media[0]!] ?? 0
  if (clip > 0) return clip
  return media.length === 1 ? media[0]! : keyOf(media.join())
}

/** 52 bits of the SHA-256 of a text, which a float holds exactly: two texts of a million share them once in a billion. */
function keyOf(text: string): number {
  const hash = sha256(Buffer.from(text, 'utf8'))
  const view = new DataView(hash.buffer, hash.byteOffset)
  return view.getUint32(0) * 0x100000 + (view.getUint32(4) >>> 12)
}

function labels(rows: number): Labels & { set(row: number, name: string): void } {
  const names: string[] = []
  const of = new Uint32Array(rows)
  const known = new Map<string, number>()
  return {
    names,
    of,
    set(row, name) {
      let index = known.get(name)
      if (index === undefined) {
        index = names.push(name) - 1
        known.set(name, index)
      }
      of[row] = index
    },
  }
}

function grown(array: Int32Array, needed: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(needed, array.length * 2))
  larger.set(array)
  return larger
}
