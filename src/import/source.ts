// What an importer sees of a foreign form: its pictures, its pairs and its training lists, one after the other. A form is
// a file of its own that makes such a source, and a line in forms.ts; what becomes of it is the same for all of them.
import type { MimicitError } from '../base/errors.js'
import type { Issue } from '../base/issues.js'
import type { PairRun } from '../shards/pair-run.js'
import type { PlacedSpans } from '../shards/placed-texts.js'
import type { Text } from '../shards/text-place.js'
import type { MediaKind, Split } from '../tuple/tuple.js'
import type { PictureFacts } from '../vision/picture-header.js'
import type { PictureRemark } from './picture-remark.js'
import type { PicturePlace } from './placed/batch.js'
import type { NotedPairs } from './survey/pair-notes.js'

/** The context table of the pairs that a source names beside a pair, unless it says another. */
export const RELATED_TABLE = 'rel_ins_ids'

/** The context table of training lists. */
export const TRAINING_TABLE = 'train'

/** A turn of the event loop costs more than a small thing: a source that has many at hand gives them together. */
export type OneOrMany<T extends object> = T | readonly T[]

/** What a picture is, by its bytes. */
export type SeenFacts = PictureFacts & { readonly sha256: Uint8Array }

/** A picture as its source has it. */
export interface SourcePicture {
  readonly id: string
  /** The original bytes; empty where there are none. A place where there is a `picture` of the source to fetch it. */
  readonly bytes: Uint8Array | PicturePlace
  /** Why there are none: MIMICIT_BAD_BASE64, MIMICIT_NOT_FOUND, MIMICIT_BAD_PICTURE. */
  readonly fault?: MimicitError
  /** What was odd about it, and is told. */
  readonly remarks?: readonly PictureRemark[]
  /** File and place, for messages. */
  readonly where: string
  /** Bytes of the source behind this picture, for progress. */
  readonly done: number
  /** The clip of a frame, and its time in seconds. */
  readonly clip?: string | null
  readonly frameTime?: number | null
  /** What somebody who looked at it before has found: it is not looked at again. */
  readonly found?: SeenFacts | undefined
  /** It was made smaller before: `bytes` are those of the small one, `found` tells what it was. */
  readonly small?: SmallPicture | undefined
}

/** What a picture became that was made smaller, and its bytes before. */
export interface SmallPicture extends PictureFacts {
  readonly bytesBefore: number
}

/** A picture with its bytes at hand. */
export type FetchedPicture = SourcePicture & { readonly bytes: Uint8Array }

/** A pair as its source has it: references are ids. */
export interface SourcePair {
  readonly id: string
  /** File and place, for messages. */
  readonly where: string
  /** Bytes of the source behind this pair, for progress. */
  readonly done: number
  /** Texts, or where they lie: then they go into the data set without ever becoming a string. */
  readonly instruction: Text
  readonly response: Text
  /** Ids of its visuals, in role or time order. */
  readonly mediaIds: readonly string[]
  /** Ids of the pairs that the source names beside it. */
  readonly related: readonly string[]
  /** Further lists of ids by context table; those of `train` make a training list of the pairs that have one. */
  readonly contexts?: Readonly<Record<string, readonly string[]>> | undefined
  /** Beyond what the source knows, null or absent: the importer's option, or what the id and the subset tell. */
  readonly subset?: string | undefined
  readonly split?: Split | null | undefined
  readonly language?: string | undefined
  readonly mediaKind?: Exclude<MediaKind, 'none'> | undefined
  /** Where each picture stands in the instruction, in UTF-16 code units. */
  readonly mediaPositions?: readonly number[] | null | undefined
  /** Seconds of each frame. */
  readonly mediaTimes?: readonly number[] | null | undefined
  /** Fields that have no column. */
  readonly metadata?: Readonly<Record<string, unknown>> | null | undefined
  /** Why there is nothing to read here: MIMICIT_BAD_RECORD, MIMICIT_BAD_JSON, MIMICIT_UNSUPPORTED; see broken-record.ts. */
  readonly fault?: MimicitError | undefined
}

/**
 * Pairs of one file that differ in nothing but ids, texts and visuals, looked at together: an object for each would cost
 * most of what importing them costs. Whoever cannot take them so gets them one by one. Valid until the next are taken.
 */
export interface PlacedPairs extends Iterable<SourcePair> {
  readonly length: number
  readonly told: ToldOfPairs
  /** Bytes of the source behind one of them. */
  doneAt(index: number): number
  pair(index: number): SourcePair
  idOf(index: number): string
  /** Whether its id begins with this and goes on: asked of all of them, so that no text is made for it. @param head in UTF-8 */
  idBegins(index: number, head: Uint8Array): boolean
  /** How many visuals a pair has, and the `textHash` of the id of one of them. */
  mediaCount(index: number): number
  mediaHash(index: number, n: number): readonly [high: number, low: number]
  /** Where the ids of the visuals of some of them lie, one behind the other. @param from the first, `to` behind the last */
  mediaSpans(from: number, to: number): PlacedSpans
  /** Whether any names other pairs. */
  readonly hasRelated: boolean
  /** What the survey notes of all of them; see survey/pair-notes.ts. */
  notes(source: number): NotedPairs
  /** What the writer needs of some of them. @param from the first, `to` behind the last */
  run(from: number, to: number): PlacedRun
}

/** Hears of what a source leaves out of its pairs, a field that stood twice included; that is a warning, never an error. */
export type TellLeftOut = (leftOut: Omit<Issue, 'level'>) => void

/** What is known of all pairs of a source beside what each says. */
export interface ToldOfPairs {
  /** The subset of those whose id names none. @default 'unnamed' */
  readonly subset?: string
  /** Of those with visuals. @default that of the subset */
  readonly mediaKind?: Exclude<MediaKind, 'none'>
  /** Their visuals are left away. @default false */
  readonly textOnly?: boolean
}

/** Of a `PairRun` what the source knows. */
export type PlacedRun = Pick<PairRun, 'count' | 'path' | 'ids' | 'instructions' | 'responses' | 'idHashes' | 'keyRows'>

/** An entry of a training list: a query and the contexts it is trained with. */
export interface SourceTraining {
  readonly id: string
  readonly contexts: readonly string[]
  readonly where: string
}

/** A file of a source, as it was when the import began. */
export interface SourceFile {
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
}

/** How a loader mixes what came from one source, where the source says so. */
export interface Mixture {
  /** `IMAGE_TEXT`, `TEXT_ONLY`, `VIDEO_TEXT`, `IMAGE_TEXT_IN_CONTEXT`. */
  readonly group: string
  /** Pairs an epoch; null = all of them once. */
  readonly numSamples: number | null
  readonly taskDescriptions: readonly string[]
}

/**
 * Pairs and pictures in a foreign form, open for reading. Every call of a method reads from the beginning and gives the
 * same things in the same order.
 */
export interface ImportSource {
  /** Tells it from the other sources of an import: its ids get this in front where they collide. */
  readonly name: string
  /** Everything it is read from; the import is gone on with only while these stay as they are. */
  readonly files: readonly SourceFile[]
  /** A digest of what is read beside `files` (a folder of pictures, say), once everything was read. */
  readonly beyondFiles?: string | undefined
  /** How much that is. */
  readonly beyondBytes?: number | undefined
  /** Where pictures and pairs come from, for messages. */
  readonly picturesFrom: string
  readonly pairsFrom: string
  /** Bytes that `pictures` and `pairs` go through, for progress. */
  readonly pictureBytes: number
  readonly pairBytes: number
  /** Pictures one by one, or in runs where many are at hand together. */
  pictures(): AsyncIterable<OneOrMany<SourcePicture>>
  /** A picture that `pictures` gave as a place, with its bytes. */
  picture?(id: string, place: PicturePlace): Promise<FetchedPicture>
  /** @param tell whoever reads them for the first time is told what becomes part of no pair */
  pairs(tell?: TellLeftOut): AsyncIterable<OneOrMany<SourcePair> | PlacedPairs>
  /** The training list, where the source has one. */
  readonly training?: (() => AsyncIterable<SourceTraining>) | undefined
  /** The context table that `related` becomes. @default 'rel_ins_ids' */
  readonly relatedTable?: string | undefined
  readonly mixture?: Mixture | undefined
  /** Names of other sources of the import whose pictures this one names as if they were its own. */
  readonly picturesWith?: readonly string[] | undefined
  /** What else decides the bytes (a rate, a program's version): goes to provenance.json; an import goes on only with the same. */
  readonly provenance?: Readonly<Record<string, unknown>> | undefined
  close(): Promise<void>
}

/** What comes in runs or one by one. */
type Many<T extends object> = readonly T[] | (Iterable<T> & { readonly length: number })
type Item<T extends object> = T | Many<T>

/** Runs, of one where things come one by one. */
export async function* inRuns<T extends object>(items: AsyncIterable<Item<T>>): AsyncGenerator<readonly T[]> {
  for await (const item of items) {
    if (!isMany(item)) yield [item as T]
    else yield Array.isArray(item) ? (item as readonly T[]) : [...item]
  }
}

/** What comes in runs, one by one. */
export async function* oneByOne<T extends object>(items: AsyncIterable<Item<T>>): AsyncGenerator<T> {
  for await (const item of items) {
    if (isMany(item)) for (const each of item) yield each
    else yield item as T
  }
}

/** Pairs as they come, those together that can be looked at together. */
export async function* pairRuns(
  source: ImportSource,
  tell?: TellLeftOut,
): AsyncGenerator<readonly SourcePair[] | PlacedPairs> {
  for await (const item of source.pairs(tell)) yield isMany<SourcePair>(item) ? (item as PlacedPairs) : [item]
}

/** Whether pairs are looked at together. */
export const arePlaced = (pairs: readonly SourcePair[] | PlacedPairs): pairs is PlacedPairs => 'mediaCount' in pairs

const isMany = <T extends object>(item: Item<T>): item is Many<T> => Symbol.iterator in item
