// Ids of several sources in one data set. A source sees its own ids first and those of the others after them; an id that
// two sources give to different things is kept by the first, the other gets the name of its source in front; what a data set
// has that is added to, is before all of them.
import { Bits } from '../../base/bits.js'
import { MimicitError } from '../../base/errors.js'
import type { IssueLog } from '../../base/issues.js'
import { HashTable, textHash } from './hash-table.js'

/** Half a surrogate pair: no well-formed id begins with it. */
const SCOPE = '\ud800'

/** Numbers of things (in the order of the sources) by id. */
export class IdScopes {
  readonly #table: HashTable
  readonly #idOf: (at: number) => string
  readonly #names: readonly string[]
  readonly #shares: readonly (readonly number[])[]
  /** Sources with an id of their own that another one has too. */
  readonly #scoped = new Set<number>()
  readonly #renamed: Bits
  /** Things that lost their id to a later one of their source, in the order in which they did. */
  readonly #kept: { readonly at: number; readonly source: number }[] = []
  /** What stands behind their ids. */
  readonly #numbers = new Map<number, number>()

  /**
   * @param names of the sources
   * @param count of things at most
   * @param idOf the id of a thing that was added
   * @param shares for each source those whose own things it sees next after its own
   */
  constructor(
    names: readonly string[],
    count: number,
    idOf: (at: number) => string,
    shares: readonly (readonly number[])[] = [],
  ) {
    this.#names = names
    this.#table = new HashTable(count)
    this.#idOf = idOf
    this.#shares = shares
    this.#renamed = new Bits(count)
  }

  /** The thing that an id means to a source, or -1. */
  find(id: string, source: number): number {
    const [high, low] = textHash(id)
    return this.findHash(high, low, source, () => id)
  }

  /** As `find`, of the `textHash` of an id whose text is seldom needed. */
  findHash(high: number, low: number, source: number, idOf: () => string): number {
    if (!this.renames) return this.#table.get(high, low)
    const id = idOf()
    for (const each of [source, ...(this.#shares[source] ?? [])]) {
      const own = this.#scoped.has(each) ? this.#table.get(...scopedHash(id, each)) : -1
      if (own >= 0) return own
    }
    return this.#table.get(high, low)
  }

  /** As `find`, for an id that is about to be added: sure that it is this very id. */
  known(id: string, source: number): number {
    const at = this.find(id, source)
    if (at >= 0 && this.#idOf(at) !== id) {
      throw new MimicitError('MIMICIT_INTERNAL', {
        expected: 'ids with different 64-bit hashes',
        where: 'the import',
        received: `${JSON.stringify(id)} and ${JSON.stringify(this.#idOf(at))}`,
        hint: 'This happens once in a million imports of ten million ids; run it again, the hash is another one then.',
      })
    }
    return at
  }

  /** Lets the id behind a `textHash` mean a thing if it means none. @returns whether it did not */
  addFirst(high: number, low: number, at: number): boolean {
    return this.#table.add(high, low, at)
  }

  /** Lets an id mean a thing, to every source that has no own one. */
  set(id: string, at: number): void {
    this.#table.set(...textHash(id), at)
  }

  /** Lets an id mean a thing to one source; the thing is renamed. @returns its name */
  setScoped(id: string, source: number, at: number): string {
    this.#scoped.add(source)
    this.#table.set(...scopedHash(id, source), at)
    this.#renamed.add(at)
    return `${this.#names[source]}/${id}`
  }

  /** Lets an id mean another thing of the same source than before. */
  replace(id: string, source: number, before: number, at: number): void {
    if (this.#renamed.has(before)) this.setScoped(id, source, at)
    else this.set(id, at)
  }

  /** Keeps a thing whose id means a later one of its source now. */
  keep(source: number, at: number): void {
    this.#kept.push({ at, source })
  }

  /**
   * Gives each thing that was kept a name that nothing else has; to be called when every id is known.
   * @param isTaken whether the data set has a name already
   */
  *nameKept(isTaken: (name: string) => boolean): Generator<{ id: string; source: number; at: number; name: string }> {
    for (const { at, source } of this.#kept) {
      const id = this.#idOf(at)
      const base = this.nameOf(id, source, at)
      let number = 1
      while (this.find(`${base}#${number}`, source) >= 0 || isTaken(`${base}#${number}`)) number++
      this.#numbers.set(at, number)
      const name = `${base}#${number}`
      this.set(name, at)
      yield { id, source, at, name }
    }
  }

  /** Whether an id means something else to one source than to another. */
  get renames(): boolean {
    return this.#scoped.size > 0
  }

  /** Whether the name of a thing is another than its id. */
  isRenamed(at: number): boolean {
    return this.#renamed.has(at) || this.#numbers.has(at)
  }

  /** The name in the data set of a thing with an id. */
  nameOf(id: string, source: number, at: number): string {
    const name = at >= 0 && this.#renamed.has(at) ? `${this.#names[source]}/${id}` : id
    const number = this.#numbers.get(at)
    return number === undefined ? name : `${name}#${number}`
  }
}

/** Who has an id that an append brings again. */
export const DATA_SET = 'the data set'

/**
 * Tells that a thing gets another name because its id is another's; an error where that name is taken too.
 * @param what who has the id, in words
 * @param held ids that the data set has
 */
export function reportCollision(
  log: IssueLog,
  what: string,
  name: string,
  held: HashTable,
  where: string,
  id: string,
): void {
  const isTaken = held.get(...textHash(name)) >= 0
  const message = isTaken ? `${what}, and the data set has ${name}` : `${what}; this one becomes ${name}`
  log.add({ code: 'MIMICIT_ID_COLLISION', level: isTaken ? 'error' : 'warning', where, id, message })
}

const scopedHash = (id: string, source: number) => textHash(`${SCOPE}${source}${SCOPE}${id}`)
