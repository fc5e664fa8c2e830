// A file of JSON lines that is made anew: what was there under its name is of an earlier run of the same work.
import { rm } from 'node:fs/promises'
import { asIoError } from '../../io/directory.js'
import { createSink, type FileSink } from '../../io/sink.js'

/** Such a file. It begins with its first line: without one there is none. */
export interface LinesFile {
  /** Where it is, or null while there is no line. */
  readonly path: string | null
  readonly lines: number
  add(value: unknown): Promise<void>
  /** Writes what is pending and closes it; twice does no harm. */
  close(): Promise<void>
}

const BUFFER = 1 << 16

/** Removes what is there, and begins. */
export async function linesFile(path: string): Promise<LinesFile> {
  await rm(path, { force: true }).catch((error) => {
    throw asIoError(error, path)
  })
  let sink: FileSink | undefined
  let pending = ''
  let lines = 0
  const flush = async () => {
    if (pending === '') return
    const bytes = Buffer.from(pending, 'utf8')
    pending = ''
    sink ??= await createSink(path)
    await sink.write(bytes)
  }
  return {
    get path() {
      return lines === 0 ? null : path
    },
    get lines() {
      return lines
    },
    async add(value) {
      lines++
      pending += `${JSON.stringify(value)}\n`
      if (pending.length >= BUFFER) await flush()
    },
    async close() {
      await flush()
      const open = sink
      sink = undefined
      await open?.finish()
    },
  }
}
