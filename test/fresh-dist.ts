// dist/ as the tests need it: built from the sources that are there. vitest runs the default export once before any test
// (vitest.config.ts), so that no test builds while another one reads.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's directory. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Builds the parts of dist/ that are stale.
 * @throws Error with what the compiler said, if it does not compile
 */
export function freshDist(): void {
  const run = spawnSync(process.execPath, [join(ROOT, 'scripts/build.js')], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`dist/ cannot be built:\n${run.stdout}${run.stderr}`)
}

/** Before all tests. One that needs dist/ calls `freshDist` again and fails by itself; the others do not have to wait for it. */
export default function setup(): void {
  try {
    freshDist()
  } catch (error) {
    console.error((error as Error).message)
  }
}
