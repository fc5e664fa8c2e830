// An import that is killed again and again at random moments and run to its end, for the short and the long test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { type ImportDatasetOptions, importDatasetSized } from '../../src/import/import-dataset.js'
import { openDirectory } from '../../src/io/directory.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { TINY_SIZES } from './tiny-sizes.js'

const child = fileURLToPath(new URL('./import-child.js', import.meta.url))

/** The import with tiny shards, of which there are many. */
export const runImport = (options: ImportDatasetOptions) => importDatasetSized(options, TINY_SIZES)

/**
 * Starts the import and kills it when it has told `steps` steps.
 * @param stage of the steps that are counted
 * @returns whether it was killed
 */
export async function killedImport(options: ImportDatasetOptions, steps: number, stage = 'writing'): Promise<boolean> {
  const run = spawn(process.execPath, [child, JSON.stringify(options), JSON.stringify(TINY_SIZES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(run, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  let told = 0
  for await (const line of createInterface(run.stdout)) {
    if (line.startsWith(stage) && ++told === steps) run.kill('SIGKILL')
  }
  const [code, signal] = await exit
  // One that fails by itself is neither killed nor done.
  if (signal !== 'SIGKILL') expect(code).toBe(0)
  return signal === 'SIGKILL'
}

/** Shards that the journal of an unfinished directory names, with the times at which they were written. */
export function finishedShards(out: string): Map<string, bigint> {
  const journal = join(`${out}.partial`, 'journal.jsonl')
  if (!existsSync(journal)) return new Map()
  const paths = [...readFileSync(journal, 'utf8').matchAll(/"path":"([^"]+)"/g)].map(([, path]) => path!)
  return new Map(paths.map((path) => [path, writtenAt(join(`${out}.partial`, path))]))
}

/** When a file was last written to, in nanoseconds: a shard that is taken over keeps it. */
export const writtenAt = (path: string): bigint => statSync(path, { bigint: true }).mtimeNs

/** Expects a data set to be these files, byte for byte. */
export async function expectFiles(out: string, expected: ReadonlyMap<string, Buffer>): Promise<void> {
  const files = await filesOf(out)
  expect([...files.keys()]).toEqual([...expected.keys()])
  for (const [path, bytes] of files) expect(bytes.equals(expected.get(path)!), path).toBe(true)
}

/** Every file of a data set but provenance.json. */
export async function filesOf(out: string): Promise<Map<string, Buffer>> {
  const paths = (await openDirectory(out).list()).filter((path) => path !== 'provenance.json')
  return new Map(paths.map((path) => [path, readFileSync(join(out, path))]))
}

/**
 * Kills an import at each of some moments, then lets it end and compares it with an undisturbed one.
 * @returns how often it was killed, and shards that were taken over at the end
 */
export async function killAndResume(
  source: Omit<ImportDatasetOptions, 'out'>,
  out: string,
  expected: ReadonlyMap<string, Buffer>,
  moments: readonly number[],
  stage?: string,
): Promise<{ readonly kills: number; readonly taken: number }> {
  let kills = 0
  for (const steps of moments) {
    if (!(await killedImport({ ...source, out }, steps, stage))) break
    kills++
    expect(existsSync(out)).toBe(false)
  }
  const finished = finishedShards(out)
  if (!existsSync(out)) await runImport({ ...source, out })
  await expectFiles(out, expected)
  for (const [path, time] of finished) expect(writtenAt(join(out, path)), path).toBe(time)
  expect((await verifyDataset(out)).ok).toBe(true)
  // Nothing lies beside it that a killed run needed.
  expect(readdirSync(dirname(out)).filter((name) => name.startsWith(`${basename(out)}.`))).toEqual([])
  return { kills, taken: finished.size }
}
