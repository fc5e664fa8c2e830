// Several sets of MIMIC-IT in one import. Each instructions file is a source of its own, so that an id which two of them
// give to different things is told and renamed rather than lost; images and train files belong to the set whose name they
// have, and those of another name to the first.
import { basename, dirname } from 'node:path'
import { eachOnce } from '../each-once.js'
import { openEach, sourceNames } from '../folder-source.js'
import type { ImportSource } from '../source.js'
import { sourceName } from '../source-files.js'
import { type MimicItFiles, openMimicIt } from './source.js'

/** Opens a source for each instructions file. @param name in front of their names @throws MimicitError MIMICIT_NOT_FOUND */
export async function openMimicItSets(files: MimicItFiles, name?: string): Promise<readonly ImportSource[]> {
  const [instructions, images, train] = [
    await eachOnce(files.instructions),
    await eachOnce(files.images ?? []),
    await eachOnce(files.train ?? []),
  ]
  const names = sourceNames(instructions, name)
  const ownerOf = (path: string, ending: RegExp) => setOf(path, ending, instructions)
  const ownedBy = (n: number, paths: readonly string[], ending: RegExp) =>
    paths.filter((path) => ownerOf(path, ending) === n)
  return openEach(instructions, async (path, n) => {
    const own = { images: ownedBy(n, images, /_images$/i), train: ownedBy(n, train, /_train$/i) }
    const source = await openMimicIt(names[n]!, { instructions: [path], ...own })
    // Train files list all that is trained on: a set without one is there for contexts only.
    return train.length > 0 && own.train.length === 0 ? { ...source, training: nothing } : source
  })
}

/** The set that a file belongs to: the one with its name, of several the one in its folder, else the first. */
function setOf(path: string, ending: RegExp, instructions: readonly string[]): number {
  const stem = basename(path)
    .replace(/\.[^.]*$/, '')
    .replace(ending, '')
  const named = [...instructions.keys()].filter((n) => sourceName([instructions[n]!]) === stem)
  const beside = named.filter((n) => dirname(instructions[n]!) === dirname(path))
  return (named.length > 1 ? beside : named)[0] ?? 0
}

async function* nothing() {}
