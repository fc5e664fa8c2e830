// Stands in for src/base/worker-thread.ts in tests (vitest.config.ts): threads run the compiled modules of dist/, which is
// fresh by then, instead of compiling the sources anew in each of them, which takes a second of processor time a thread.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ResourceLimits, type TransferListItem, Worker } from 'node:worker_threads'

/** Starts a thread from the compiled form of a module in src/. */
export function startWorker(
  module: URL,
  workerData: unknown,
  resourceLimits: ResourceLimits = {},
  transferList: TransferListItem[] = [],
): Worker {
  const compiled = new URL(module.href.replace(/\/src\/(.*)$/, '/dist/$1'))
  if (!existsSync(fileURLToPath(compiled))) throw new Error(`${compiled.href} is not there: do the sources compile?`)
  return new Worker(compiled, { workerData, resourceLimits, transferList })
}
