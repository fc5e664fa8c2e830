// What is learnt on the way and needed later, such as what the second pass of an import needs from the first: on the disk,
// not in memory. A spill is a file that is written to its end, then read at any place or from the beginning.
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isRunning } from '../base/is-running.js'
import { asIoError } from './directory.js'

/** Bytes that are written, or read, at once; an import has a dozen of files open that hold as much twice. */
const BUFFER = 1 << 18

/** A file of bytes that came one after the other. */
export class Spill {
  readonly #path: string
  readonly #descriptor: number
  /** Memory is made when it is needed, and used again. */
  #pending: Buffer = Buffer.alloc(0)
  #pendingBytes = 0
  #windowMemory: Buffer = Buffer.alloc(0)
  #window: Buffer = this.#windowMemory
  #windowView = viewOf(this.#window)
  #windowAt = 0
  #written = 0
  #open = true

  constructor(path: string) {
    this.#path = path
    try {
      this.#descriptor = openSync(path, 'w+')
    } catch (error) {
      throw asIoError(error, path)
    }
  }

  get byteLength(): number {
    return this.#written + this.#pendingBytes
  }

  /** Adds bytes; they may be used for something else afterwards. @returns where they begin */
  add(bytes: Uint8Array): number {
    const at = this.byteLength
    if (this.#pendingBytes + bytes.byteLength > BUFFER) this.#flush()
    if (bytes.byteLength > BUFFER) {
      this.#write(bytes)
      return at
    }
    if (this.#pending.byteLength === 0) this.#pending = Buffer.allocUnsafeSlow(BUFFER)
    this.#pending.set(bytes, this.#pendingBytes)
    this.#pendingBytes += bytes.byteLength
    return at
  }

  /** Bytes from a place on, valid until the next call. */
  read(offset: number, length: number): Buffer {
    const at = this.at(offset, length)
    return this.#held.subarray(at, at + length)
  }

  #held: Buffer = this.#window
  /** What `at` looked at last. */
  held: DataView = this.#windowView

  /**
   * As `read`, for those who read numbers by the million, which a view of each would be most of the work.
   * @returns where in `held` the bytes begin
   */
  at(offset: number, length: number): number {
    const inWindow = offset - this.#windowAt
    if (inWindow >= 0 && inWindow + length <= this.#window.byteLength) {
      if (this.held !== this.#windowView) this.#hold(this.#window, this.#windowView)
      return inWindow
    }
    this.#flush()
    // In order much is read ahead; what is asked for in between, from elsewhere, leaves that where it is.
    const gap = offset - (this.#windowAt + this.#window.byteLength)
    if (offset > 0 && (gap < 0 || gap > BUFFER)) {
      const bytes = this.#readAt(offset, length)
      this.#hold(bytes, viewOf(bytes))
      return 0
    }
    const ahead = Math.min(Math.max(length, BUFFER), this.#written - offset)
    if (this.#windowMemory.byteLength < ahead) this.#windowMemory = Buffer.allocUnsafeSlow(Math.max(ahead, BUFFER))
    this.#window = this.#readInto(this.#windowMemory.subarray(0, ahead), offset)
    this.#windowView = viewOf(this.#window)
    this.#windowAt = offset
    this.#hold(this.#window, this.#windowView)
    return 0
  }

  #hold(bytes: Buffer, view: DataView): void {
    this.#held = bytes
    this.held = view
  }

  /** Everything, in pieces. */
  *all(): Generator<Uint8Array> {
    this.#flush()
    for (let at = 0; at < this.#written; at += BUFFER) yield this.#readAt(at, BUFFER)
  }

  /** Twice does no harm. */
  close(): void {
    if (this.#open) closeSync(this.#descriptor)
    this.#open = false
  }

  #readAt(offset: number, length: number): Buffer {
    return this.#readInto(Buffer.allocUnsafe(Math.min(length, this.#written - offset)), offset)
  }

  #readInto(bytes: Buffer, offset: number): Buffer {
    for (let done = 0; done < bytes.byteLength; ) {
      const count = readSync(this.#descriptor, bytes, done, bytes.byteLength - done, offset + done)
      if (count === 0) throw new RangeError(`${this.#path} ends before byte ${offset + bytes.byteLength}`)
      done += count
    }
    return bytes
  }

  #flush(): void {
    if (this.#pendingBytes === 0) return
    this.#write(this.#pending.subarray(0, this.#pendingBytes))
    this.#pendingBytes = 0
  }

  #write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.byteLength; )
        at += writeSync(this.#descriptor, bytes, at, bytes.byteLength - at, this.#written + at)
    } catch (error) {
      throw asIoError(error, this.#path)
    }
    this.#written += bytes.byteLength
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer) => new DataView(buffer, byteOffset, byteLength)

/** A spill without a name: nobody sees it, and it is gone with the process that made it, however that ends. */
export function namelessSpill(directory: string): Spill {
  const path = join(directory, `.spill-${process.pid}-${nameless++}`)
  const spill = new Spill(path)
  unlinkSync(path)
  return spill
}

let nameless = 0

/** A directory for spills. */
export interface Scratch {
  readonly path: string
  spill(name: string): Spill
  remove(): Promise<void>
}

/**
 * Makes a directory beside `out` (on the disk that has room for the data), and removes those that killed processes left.
 * @param work what it is for, as a part of its name
 * @throws MimicitError MIMICIT_IO
 */
export async function openScratch(out: string, work: string): Promise<Scratch> {
  const spills: Spill[] = []
  const [parent, prefix] = [dirname(out), `${basename(out)}.${work}-`]
  try {
    await mkdir(parent, { recursive: true })
    for (const name of await readdir(parent)) {
      const owner = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : Number.NaN
      if (Number.isInteger(owner) && !isRunning(owner)) await rm(join(parent, name), { recursive: true, force: true })
    }
    const path = await mkdtemp(join(parent, `${prefix}${process.pid}-`))
    return {
      path,
      spill(name) {
        const spill = new Spill(join(path, name))
        spills.push(spill)
        return spill
      },
      async remove() {
        for (const spill of spills.splice(0)) spill.close()
        await rm(path, { recursive: true, force: true })
      },
    }
  } catch (error) {
    throw asIoError(error, parent)
  }
}
