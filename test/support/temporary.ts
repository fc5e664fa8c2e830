// A directory that is there for one test file and gone after it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Makes a directory and removes it after the tests of the file. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'mimicit-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
