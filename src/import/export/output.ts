// The files of an export while they are written: each is fsynced when it is finished, and all are closed if anything fails.
import { mkdir, open, rename, rmdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { asIoError } from '../../io/directory.js'
import { createSink, type FileSink } from '../../io/sink.js'

/** A file that an export made. */
export interface ExportedFile {
  /** Relative to the directory of the export, with `/`. */
  readonly path: string
  readonly bytes: number
}

/** A text file open for writing. */
export interface TextFile {
  write(text: string): Promise<void>
  finish(): Promise<void>
}

/** A JSON object or array open for writing, one line an entry. */
export interface JsonFile {
  /** Adds an entry, as JSON; of an object with its key. */
  add(json: string, key?: string): Promise<void>
  finish(): Promise<void>
}

/** Text that is kept before it is written. */
const BUFFER = 1 << 20

/** The directory that an export fills. */
export class Output {
  readonly root: string
  readonly #files = new Map<string, number>()
  readonly #directories = new Set<string>()
  readonly #open = new Set<FileSink>()

  constructor(root: string) {
    this.root = root
    this.#directories.add(root)
  }

  /** Everything that is finished, in the order of the paths. */
  get files(): ExportedFile[] {
    return [...this.#files].map(([path, bytes]) => ({ path, bytes })).sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** Opens a new file. @param path relative, with `/` */
  async file(path: string): Promise<FileSink> {
    await this.#directory(dirname(path))
    const sink = await createSink(join(this.root, path))
    this.#open.add(sink)
    return {
      write: (bytes) => sink.write(bytes),
      sync: () => sink.sync(),
      finish: async () => {
        this.#open.delete(sink)
        const written = await sink.finish()
        this.#files.set(path, written.bytes)
        return written
      },
      abort: async () => {
        this.#open.delete(sink)
        await sink.abort()
      },
    }
  }

  /** Opens a new text file. */
  async text(path: string): Promise<TextFile> {
    const sink = await this.file(path)
    let kept: string[] = []
    let length = 0
    const flush = async () => {
      const bytes = Buffer.from(kept.join(''), 'utf8')
      kept = []
      length = 0
      await sink.write(bytes)
    }
    return {
      async write(text) {
        kept.push(text)
        length += text.length
        if (length >= BUFFER) await flush()
      },
      async finish() {
        await flush()
        await sink.finish()
      },
    }
  }

  /** Opens a new JSON file. @param before and after, what stands around the entries: `{` and `}`, `[` and `]` */
  async json(path: string, before: string, after: string): Promise<JsonFile> {
    const file = await this.text(path)
    let between = before
    return {
      async add(json, key) {
        await file.write(`${between}\n${key === undefined ? '' : `${JSON.stringify(key)}: `}${json}`)
        between = ','
      },
      async finish() {
        await file.write(`${between === before ? before : '\n'}${after}\n`)
        await file.finish()
      },
    }
  }

  /** Gives a finished file another name. */
  async rename(from: string, to: string): Promise<void> {
    await this.#directory(dirname(to))
    try {
      await rename(join(this.root, from), join(this.root, to))
    } catch (error) {
      throw asIoError(error, join(this.root, to))
    }
    this.#files.set(to, this.#files.get(from)!)
    this.#files.delete(from)
  }

  /** Gives the only file of a folder the name of that folder. */
  async replaceFolder(from: string, to: string): Promise<void> {
    await this.rename(from, `${to}~`)
    const folder = join(this.root, to)
    try {
      await rmdir(folder)
    } catch (error) {
      throw asIoError(error, folder)
    }
    this.#directories.delete(folder)
    await this.rename(`${to}~`, to)
  }

  /** A name of a file is on the disk when its directory is. */
  async finish(): Promise<void> {
    for (const path of [...this.#directories].reverse()) {
      const directory = await open(path, 'r')
      try {
        await directory.sync()
      } catch (error) {
        throw asIoError(error, path)
      } finally {
        await directory.close()
      }
    }
  }

  /** Closes what is open. */
  async abort(): Promise<void> {
    for (const sink of this.#open) await sink.abort().catch(() => undefined)
    this.#open.clear()
  }

  async #directory(path: string): Promise<void> {
    const absolute = join(this.root, path)
    if (this.#directories.has(absolute)) return
    try {
      await mkdir(absolute, { recursive: true })
    } catch (error) {
      throw asIoError(error, absolute)
    }
    const parts = relative(this.root, absolute).split(/[\\/]/)
    for (let n = 1; n <= parts.length; n++) this.#directories.add(join(this.root, ...parts.slice(0, n)))
  }
}
