// What every bench shares: interleaved rounds with medians, a table for people, a JSON file for comparison.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

/** One measured number. */
export interface BenchRow {
  readonly metric: string
  readonly value: number
  readonly unit: string
  /** The number that physics allows, measured in the same run. */
  readonly bound?: number
  /** Who is compared, and the ratio ours / theirs. */
  readonly rival?: string
  readonly ratio?: number
}

/** A bench: measures and reports rows as they come. */
export type Bench = (report: (row: BenchRow) => void, args: readonly string[]) => Promise<void>

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The value below which `share` of the numbers lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}

/** Milliseconds that some work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/**
 * Times several contenders in turn, A B C A B C ..., after one round that does not count, so that a machine whose speed
 * drifts is fair to all.
 * @returns the median milliseconds of each
 */
export async function interleaved<K extends string>(
  rounds: number,
  contenders: Readonly<Record<K, () => Promise<unknown>>>,
): Promise<Record<K, number>> {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, [] as number[]])) as Record<K, number[]>
  for (let round = 0; round <= rounds; round++) {
    for (const name of Object.keys(contenders) as K[]) {
      const ms = await timed(contenders[name])
      if (round > 0) times[name].push(ms)
    }
  }
  return Object.fromEntries(Object.entries<number[]>(times).map(([name, ms]) => [name, median(ms)])) as Record<
    K,
    number
  >
}

/**
 * Milliseconds of CPU of each contender, all threads, taking turns after a round that does not count: what other work on the
 * machine hardly touches.
 */
export async function cpuInTurn<K extends string>(
  rounds: number,
  contenders: Readonly<Record<K, () => Promise<unknown>>>,
): Promise<Record<K, number>> {
  const names = Object.keys(contenders) as K[]
  const spent = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const before = process.cpuUsage()
      await contenders[name]()
      const { user, system } = process.cpuUsage(before)
      if (round > 0) spent[name].push((user + system) / 1000)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(spent[name])])) as Record<K, number>
}

const round = (value: number) => Number(value.toPrecision(4))

/** Runs a bench, prints its table and writes its file. */
export async function runBench(name: string, bench: Bench, args: readonly string[]): Promise<void> {
  const rows: BenchRow[] = []
  await bench((row) => {
    rows.push(row)
    const against = [
      row.bound === undefined ? '' : `bound ${round(row.bound)}`,
      row.rival === undefined ? '' : row.rival,
      row.ratio === undefined ? '' : `ratio ${round(row.ratio)}`,
    ].filter((part) => part !== '')
    console.log(
      `${row.metric.padEnd(64)} ${String(round(row.value)).padStart(10)} ${row.unit.padEnd(9)} ${against.join(', ')}`,
    )
  }, args)
  const results = fileURLToPath(new URL('results/', import.meta.url))
  mkdirSync(results, { recursive: true })
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`
  const rounded = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? round(value) : value]),
    ),
  )
  writeFileSync(`${results}${name}.json`, `${JSON.stringify({ commit, machine, rows: rounded }, null, 2)}\n`)
}
