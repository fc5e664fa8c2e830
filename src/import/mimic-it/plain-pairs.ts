// Plain records as pairs, together or one by one.
import type { TextPlace } from '../../shards/text-place.js'
import type { PlacedPairs, PlacedRun, SourcePair } from '../source.js'
import type { NotedPairs } from '../survey/pair-notes.js'
import type { PlainRun } from './plain-records.js'

/** Pairs whose texts stay where they are; valid until the next run is taken. */
export class PlainPairs implements PlacedPairs {
  readonly #run: PlainRun
  readonly #before: number
  readonly #whereOf: (id: string) => string

  /**
   * @param before bytes of the files before the one they lie in
   * @param whereOf the place of a pair in words
   */
  constructor(run: PlainRun, before: number, whereOf: (id: string) => string) {
    this.#run = run
    this.#before = before
    this.#whereOf = whereOf
  }

  get length(): number {
    return this.#run.length
  }

  get done(): number {
    return this.#before + this.#run.offsetOf(this.length - 1)
  }

  get hasRelated(): boolean {
    return this.#run.hasRelated
  }

  *[Symbol.iterator](): Generator<SourcePair> {
    for (let i = 0; i < this.length; i++) yield this.pair(i)
  }

  pair(index: number): SourcePair {
    return new PlainPair(this.#run, index, this.#before, this.#whereOf)
  }

  idOf(index: number): string {
    return this.#run.keyOf(index)
  }

  mediaCount(index: number): number {
    return this.#run.imageCount(index)
  }

  mediaHash(index: number, n: number): readonly [high: number, low: number] {
    return this.#run.imageHash(index, n)
  }

  mediaIds(index: number): readonly string[] {
    return this.#run.imageIds(index)
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

/** One of them. Its place in words is made when there is something to say of it. */
class PlainPair implements SourcePair {
  readonly id: string
  readonly instruction: TextPlace
  readonly response: TextPlace
  readonly mediaIds: readonly string[]
  readonly related: readonly string[]
  readonly done: number
  readonly #whereOf: (id: string) => string

  constructor(run: PlainRun, index: number, before: number, whereOf: (id: string) => string) {
    this.id = run.keyOf(index)
    this.instruction = run.textOf('instruction', index)
    this.response = run.textOf('answer', index)
    this.mediaIds = run.imageIds(index)
    this.related = run.relatedIds(index)
    this.done = before + run.offsetOf(index)
    this.#whereOf = whereOf
  }

  get where(): string {
    return this.#whereOf(this.id)
  }
}
