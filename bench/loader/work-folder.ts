// Where the work of a bench lies: in a folder of its own that goes with it, or in that of MIMICIT_BENCH_DIR, where the next
// run finds what was written (20,000 photographs and 2,800,000 pairs take minutes to make and seconds to measure).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const kept = process.env.MIMICIT_BENCH_DIR

/** Runs a bench on a folder. @param run is given the folder */
export async function inWorkFolder(run: (root: string) => Promise<void>): Promise<void> {
  const root = kept ?? mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  try {
    await run(root)
  } finally {
    discard(root)
  }
}

/** Removes what will not be needed again, if it is not to be kept. */
export function discard(dir: string): void {
  if (kept === undefined) rmSync(dir, { recursive: true, force: true })
}
