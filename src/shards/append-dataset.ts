// Adds pairs, pictures and contexts to a data set as new shards and a new generation of its manifest. What is there is
// never written to: new files grow in `append.partial/` inside the data set and are renamed to names that no manifest has
// used, the manifest last. So a kill at any moment leaves the old generation whole, and a reader that opened the old
// manifest goes on reading exactly what it opened.
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { MimicitError } from '../base/errors.js'
import { isRunning } from '../base/is-running.js'
import { asIoError, openDirectory } from '../io/directory.js'
import { setAside } from '../io/set-aside.js'
import type { Store } from '../io/store.js'
import { beginningOf } from './beginning.js'
import { type DatasetWriter, startWriting } from './dataset-writer.js'
import type { Manifest } from './manifest.js'
import { MANIFEST } from './manifest-file.js'
import { readManifest } from './read-manifest.js'
import { allShards } from './verify/check.js'

/** Where an append grows; whoever holds it is the only one who appends. */
export const APPEND_DIRECTORY = 'append.partial'
const OWNER = 'owner.json'

/**
 * Starts an append. The writer is that of a new data set: rows go on after those that are there, a context table that
 * exists and was chosen in the same way goes on as well, one that is not named keeps its rows. New shards have the form
 * and the profile of those that are there.
 * @param root directory of a data set
 * @param orderKey of the generation that the caller has prepared rows for
 * @throws MimicitError MIMICIT_NOT_A_DATASET, MIMICIT_BUSY if somebody else appends, MIMICIT_CORRUPT
 */
export async function appendDataset(root: string, orderKey?: string): Promise<DatasetWriter> {
  const store = openDirectory(root)
  const known = await readFile(join(root, MANIFEST), 'utf8').catch(() => undefined)
  const manifest = await readManifest(store)
  if (orderKey !== undefined && orderKey !== manifest.orderKey) throw busy(root, 'one that was changed meanwhile')
  const partial = join(root, APPEND_DIRECTORY)
  await takeTurn(root, partial)
  try {
    const beginning = await beginningOf(store, manifest, partial)
    return await startWriting(partial, root, beginning, (next) => publish(root, partial, known, manifest, next))
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}

/**
 * Changes a data set without adding rows: new files and a new manifest, by the same steps as an append.
 * @param write writes both into the directory it is given; undefined if there is nothing to change
 * @returns the manifest that holds afterwards
 * @throws MimicitError MIMICIT_NOT_A_DATASET, MIMICIT_BUSY if somebody else changes it, and what `write` throws
 */
export async function changeDataset(
  root: string,
  write: (partial: string, before: Manifest, store: Store) => Promise<Manifest | undefined>,
): Promise<Manifest> {
  const store = openDirectory(root)
  const known = await readFile(join(root, MANIFEST), 'utf8').catch(() => undefined)
  const before = await readManifest(store)
  const partial = join(root, APPEND_DIRECTORY)
  await takeTurn(root, partial)
  try {
    const next = await write(partial, before, store)
    if (next !== undefined) await publish(root, partial, known, before, next)
    return next ?? before
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** Makes `partial` with a word on who made it; what a dead process left is cleared away. */
async function takeTurn(root: string, partial: string): Promise<void> {
  try {
    // Renaming a directory onto one that is not empty fails, so exactly one of several gets the name.
    const mine = await mkdtemp(`${partial}-`)
    try {
      await writeFile(join(mine, OWNER), JSON.stringify({ pid: process.pid, host: hostname() }))
      const aside = (await isAbandoned(partial)) ? await setAside(partial, isAbandoned) : undefined
      if (aside !== undefined) await rm(aside, { recursive: true, force: true })
      await rename(mine, partial)
    } finally {
      await rm(mine, { recursive: true, force: true })
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw busy(root, 'another process that appends to it')
    throw asIoError(error, partial)
  }
}

async function isAbandoned(partial: string): Promise<boolean> {
  const text = await readFile(join(partial, OWNER), 'utf8').catch(() => undefined)
  // Without a whole word on its owner nobody holds it: it gets its name with that word inside.
  if (text === undefined) return true
  const { pid, host } = JSON.parse(text) as { readonly pid: number; readonly host: string }
  if (host !== hostname()) return false
  return !isRunning(pid)
}

async function publish(
  root: string,
  partial: string,
  known: string | undefined,
  old: Manifest,
  next: Manifest,
): Promise<void> {
  try {
    if ((await readFile(join(root, MANIFEST), 'utf8')) !== known) throw busy(root, 'one that was changed meanwhile')
    const files = (await openDirectory(partial).list()).filter((path) => path !== OWNER && path !== MANIFEST)
    // Shards and indexes first: they take names that nobody reads yet, the others replace a file.
    files.sort((a, b) => Number(b.includes('/')) - Number(a.includes('/')))
    const directories = new Set<string>([root])
    for (const path of files) {
      const target = join(root, path)
      await mkdir(dirname(target), { recursive: true })
      await rename(join(partial, path), target)
      for (let at = dirname(path); at !== '.'; at = dirname(at)) directories.add(join(root, at))
    }
    // Everything the manifest will name has its name on the disk before the manifest gets its own.
    for (const directory of directories) await syncDirectory(directory)
    await rename(join(partial, MANIFEST), join(root, MANIFEST))
    await syncDirectory(root)
  } catch (error) {
    throw asIoError(error, root)
  }
  // The append is done; what is left of earlier ones is only cleared away.
  await clear(root, [old, next]).catch(() => undefined)
  await rm(partial, { recursive: true, force: true }).catch(() => undefined)
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}

/** Names that only this writer gives. */
const OURS = /^(index\/.*\.(loc|ids|sums)|(pairs|media|(context|lengths)\/[^/]+)\/\d{5}\.(parquet|arrow))$/

/** Removes indexes that only generations before the last one used, and shards that an append left when it was killed. */
async function clear(root: string, manifests: readonly Manifest[]): Promise<void> {
  const named = new Set(
    manifests.flatMap((manifest) =>
      [...allShards(manifest), ...Object.values(manifest.indexes)].map(({ path }) => path),
    ),
  )
  for (const path of await openDirectory(root).list()) {
    if (OURS.test(path) && !named.has(path)) await rm(join(root, path))
  }
  for (const name of await readdir(join(root, 'index'))) {
    const generation = join(root, 'index', name)
    if (!/^generation-\d+$/.test(name)) continue
    if (![...named].some((path) => path.startsWith(`index/${name}/`))) await rm(generation, { recursive: true })
  }
}

function busy(root: string, received: string): MimicitError {
  return new MimicitError('MIMICIT_BUSY', {
    expected: 'a data set that nobody else writes to',
    where: root,
    received,
    hint: `Run again when it is done; if no process appends, remove ${APPEND_DIRECTORY} inside the data set.`,
  })
}
