// Flips of single bits in the files of a data set, and whether verification finds each of them.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMimicitError } from '../../src/base/errors.js'
import { randomStream } from '../../src/base/random.js'
import { openDirectory } from '../../src/io/directory.js'
import { verifyDataset } from '../../src/shards/verify/index.js'

/**
 * Flips `count` random bits, one at a time, in any file but README.md.
 * @returns the flips that verification did not find, as `path byte bit`
 */
export async function unfoundFlips(dir: string, count: number, seed: number): Promise<string[]> {
  const files = (await openDirectory(dir).list())!.filter((path) => path !== 'README.md')
  const random = randomStream('flips', seed)
  const unfound: string[] = []
  for (let i = 0; i < count; i++) {
    const path = files[random.below(files.length)]!
    const sound = readFileSync(join(dir, path))
    const at = random.below(sound.byteLength)
    const bit = random.below(8)
    const damaged = Buffer.from(sound)
    damaged[at]! ^= 1 << bit
    writeFileSync(join(dir, path), damaged)
    if (!(await isFound(dir))) unfound.push(`${path} ${at} ${bit}`)
    writeFileSync(join(dir, path), sound)
  }
  return unfound
}

async function isFound(dir: string): Promise<boolean> {
  try {
    return !(await verifyDataset(dir)).ok
  } catch (error) {
    if (isMimicitError(error)) return true
    throw error
  }
}
