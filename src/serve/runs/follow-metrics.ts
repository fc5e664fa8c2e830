// A file of metrics while it grows: what is new is read from where the last look ended. A run that is resumed writes the file
// anew, which is told too.
import { open, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { type EvaluationMetrics, parseMetrics, type StepMetrics } from '../../train/metrics.js'

/** What was found at one look. */
export interface MetricsNews {
  readonly points: readonly StepMetrics[]
  readonly evaluations: readonly EvaluationMetrics[]
  /** True where the file began anew. */
  readonly anew: boolean
}

const LOOK_MS = 400

/** Looks at the file until the signal fires, giving what is new each time there is something; the first look gives all. */
export async function* followMetrics(path: string, signal: AbortSignal): AsyncGenerator<MetricsNews> {
  let at = 0
  let inode = -1
  let torn = Buffer.alloc(0)
  let first = true
  while (!signal.aborted) {
    const found = await stat(path).catch(() => undefined)
    const anew = found !== undefined && !first && (found.ino !== inode || found.size < at)
    if (anew) {
      at = 0
      torn = Buffer.alloc(0)
    }
    inode = found?.ino ?? -1
    const text = found === undefined || found.size === at ? Buffer.alloc(0) : await readFrom(path, at, found.size)
    at += text.byteLength
    const bytes = Buffer.concat([torn, text])
    // The last line may be half written.
    const end = bytes.lastIndexOf(10) + 1
    torn = bytes.subarray(end)
    const { points, evaluations } = parseMetrics(bytes.subarray(0, end).toString('utf8'))
    if (first || anew || points.length + evaluations.length > 0) yield { points, evaluations, anew }
    first = false
    await pause(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

async function readFrom(path: string, from: number, to: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(to - from)
    let read = 0
    while (read < bytes.byteLength) {
      const { bytesRead } = await file.read(bytes, read, bytes.byteLength - read, from + read)
      if (bytesRead === 0) break
      read += bytesRead
    }
    return bytes.subarray(0, read)
  } finally {
    await file.close()
  }
}
