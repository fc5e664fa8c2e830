// The files of a source: opened together, closed together, and known again by size and time of change.
import { basename, resolve } from 'node:path'
import { fileStamp, openFile } from '../io/directory.js'
import type { ReadableFile } from '../io/store.js'
import type { SourceFile } from './source.js'

/** Open files in named groups. */
export interface SourceFiles<G extends string> {
  readonly groups: Readonly<Record<G, readonly ReadableFile[]>>
  /** All of them, as they are now. */
  readonly files: readonly SourceFile[]
  close(): Promise<void>
}

/** Opens files by path. @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO; then none stays open */
export async function openSourceFiles<G extends string>(
  paths: Readonly<Record<G, readonly string[]>>,
): Promise<SourceFiles<G>> {
  const opened: ReadableFile[] = []
  const close = async () => {
    for (const file of opened.splice(0)) await file.close()
  }
  try {
    const files: SourceFile[] = []
    const groups = {} as Record<G, ReadableFile[]>
    for (const group of Object.keys(paths) as G[]) {
      groups[group] = []
      for (const path of paths[group]) {
        const file = await openFile(path)
        opened.push(file)
        groups[group].push(file)
        files.push(await sourceFile(path))
      }
    }
    return { groups, files, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A file as it is now. */
export async function sourceFile(path: string): Promise<SourceFile> {
  return { path: resolve(path), ...(await fileStamp(path)) }
}

/** The name of a source from its files: `LA` of `LA_instructions.json`. */
export function sourceName(paths: readonly string[]): string {
  return basename(paths[0]!)
    .replace(/\.[^.]*$/, '')
    .replace(/_instructions$/, '')
}
