// A benchmark as a data set that can be asked, made once beside the answers.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprint } from '../../../base/hash.js'
import { importDataset } from '../../../import/import-dataset.js'
import { sourceFile } from '../../../import/source-files.js'
import { interruptSignal } from '../../exit.js'
import { progressBar } from '../../progress-bar.js'

/** The data set of a benchmark, which the same file finds again. @param out the directory of the evaluation */
export async function benchmarkDataset(path: string, out: string): Promise<string> {
  const location = join(out, `benchmark-${fingerprint(await sourceFile(path))}`)
  if (existsSync(location)) return location
  const bar = progressBar()
  try {
    await importDataset({
      ...{ from: 'benchmark', paths: [path], out: location },
      ...{ onProgress: bar.update, signal: interruptSignal() },
    })
  } finally {
    bar.done()
  }
  return location
}
