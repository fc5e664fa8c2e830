// Plain records as pairs, together or one by one.
import type { PlacedSpans } from '../../shards/placed-texts.js'
import type { TextPlace } from '../../shards/text-place.js'
import { parseId } from '../../tuple/ids.js'
import type { PlacedPairs, PlacedRun, SourcePair, ToldOfPairs } from '../source.js'
import type { NotedPairs } from '../survey/pair-notes.js'
import type { PlainRun } from './plain-records.js'

/** Pairs whose texts stay where they are; valid until the next run is taken. */
export class PlainPairs implements PlacedPairs {
  readonly told: ToldOfPairs
  readonly #run: PlainRun
  readonly #before: number
  readonly #whereOf: (id: string) => string

  /**
   * @param before bytes of the files before the one they lie in
   * @param whereOf the place of a pair in words
   */
  constructor(run: PlainRun, told: ToldOfPairs, before: number, whereOf: (id: string) => string) {
    this.#run = run
    this.told = told
    this.#before = before
    this.#whereOf = whereOf
  }

  get length(): number {
    return this.#run.length
  }

  doneAt(index: number): number {
    return this.#before + this.#run.offsetOf(index)
  }

  get hasRelated(): boolean {
    return this.#run.hasRelated
  }

  *[Symbol.iterator](): Generator<SourcePair> {
    for (let i = 0; i < this.length; i++) yield this.pair(i)
  }

  pair(index: number): SourcePair {
    return new PlainPair(this.#run, index, this.told, this.#before, this.#whereOf)
  }

  idOf(index: number): string {
    return this.#run.keyOf(index)
  }

  idBegins(index: number, head: Uint8Array): boolean {
    return this.#run.keyBegins(index, head)
  }

  mediaCount(index: number): number {
    return this.told.textOnly === true ? 0 : this.#run.imageCount(index)
  }

  mediaHash(index: number, n: number): readonly [high: number, low: number] {
    return this.#run.imageHash(index, n)
  }

  mediaSpans(from: number, to: number): PlacedSpans {
    return this.#run.imageSpans(from, to)
  }

  notes(source: number): NotedPairs {
    return { count: this.length, notes: (place, table) => this.#run.notes(place, source, table) }
  }

  run(from: number, to: number): PlacedRun {
    const { hashes, rows } = this.#run.keys(from, to)
    return {
      count: to - from,
      path: this.#run.path,
      ids: this.#run.keySpans(from, to),
      instructions: this.#run.textSpans('instruction', from, to),
      responses: this.#run.textSpans('answer', from, to),
      idHashes: hashes,
      keyRows: rows,
    }
  }
}

/** What is told of all pairs, of one of them. */
export function toldOfPair(id: string, mediaIds: readonly string[], { subset, mediaKind, textOnly }: ToldOfPairs) {
  return {
    mediaIds: textOnly === true ? NO_IDS : mediaIds,
    subset: subset === undefined ? undefined : (parseId(id)?.task ?? subset),
    mediaKind,
  }
}

const NO_IDS: readonly string[] = []

/** One of them. Its place in words is made when there is something to say of it. */
class PlainPair implements SourcePair {
  readonly id: string
  readonly instruction: TextPlace
  readonly response: TextPlace
  readonly mediaIds: readonly string[]
  readonly related: readonly string[]
  readonly subset: string | undefined
  readonly mediaKind: SourcePair['mediaKind']
  readonly done: number
  readonly #whereOf: (id: string) => string

  constructor(run: PlainRun, index: number, told: ToldOfPairs, before: number, whereOf: (id: string) => string) {
    this.id = run.keyOf(index)
    this.instruction = run.textOf('instruction', index)
    this.response = run.textOf('answer', index)
    const { mediaIds, ...others } = toldOfPair(this.id, run.imageIds(index), told)
    this.mediaIds = mediaIds
    this.related = run.relatedIds(index)
    this.subset = others.subset
    this.mediaKind = others.mediaKind
    this.done = before + run.offsetOf(index)
    this.#whereOf = whereOf
  }

  get where(): string {
    return this.#whereOf(this.id)
  }
}
