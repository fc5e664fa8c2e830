// The first bytes of a file, to tell what it is.
import { stat } from 'node:fs/promises'
import { asIoError, openFile } from '../io/directory.js'
import type { ReadableFile } from '../io/store.js'

const START = 1 << 16

/**
 * The beginning of a file as text, without a byte order mark; empty for a directory.
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO
 */
export async function readStart(path: string): Promise<string> {
  if (await isDirectory(path)) return ''
  const file = await openFile(path)
  try {
    return await startOf(file)
  } finally {
    await file.close()
  }
}

/** The same of a file that is open. */
export async function startOf(file: ReadableFile): Promise<string> {
  const bytes = await file.read(0, Math.min(START, file.byteLength))
  return Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '')
}

/** The object in the first line of a file of JSON lines, if the line begins with one and is short enough to be seen whole. */
export function firstRecord(start: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(/^\s*(\{[^\n]*)/.exec(start)?.[1] ?? '')
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

/** Whether a path is a directory. @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw asIoError(error, path)
  }
}
