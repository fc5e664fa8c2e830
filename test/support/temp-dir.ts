// A directory of its own for each test file, removed when the file is done.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Makes a directory below the system's temporary one. */
export function tempDir(): string {
  const path = mkdtempSync(join(tmpdir(), 'mimicit-test-'))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return path
}
