// Values gathered by group on the disk: a set lists what it knows in any order, and its readers want it together. What
// stays in memory is one number a group.
import { tmpdir } from 'node:os'
import { namelessSpill, type Spill } from '../../io/spill.js'

/** Place of the value before in the same group (-1 = none), and length of this one. */
const HEAD = 12

/** A growing list of groups, each a list of values that JSON can hold. */
export class Groups<T> {
  readonly #spill: Spill
  readonly #last: number[] = []
  readonly #head = Buffer.alloc(HEAD)

  /** @param directory where its file lies, without a name */
  constructor(directory = tmpdir()) {
    this.#spill = namelessSpill(directory)
  }

  /** Starts a group. @returns its number */
  start(): number {
    return this.#last.push(-1) - 1
  }

  get count(): number {
    return this.#last.length
  }

  add(group: number, value: T): void {
    const text = Buffer.from(JSON.stringify(value), 'utf8')
    this.#head.writeDoubleLE(this.#last[group]!, 0)
    this.#head.writeUInt32LE(text.byteLength, 8)
    this.#last[group] = this.#spill.add(this.#head)
    this.#spill.add(text)
  }

  /** The values of a group in the order in which they came. */
  values(group: number): T[] {
    const values: T[] = []
    for (let at = this.#last[group]!; at >= 0; ) {
      const head = this.#spill.read(at, HEAD)
      const [before, length] = [head.readDoubleLE(0), head.readUInt32LE(8)]
      values.push(JSON.parse(this.#spill.read(at + HEAD, length).toString('utf8')) as T)
      at = before
    }
    return values.reverse()
  }

  close(): void {
    this.#spill.close()
  }
}
