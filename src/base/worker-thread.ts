// Starts a worker thread from a module of ours. Compiled code starts as it is; when the sources run directly (tests,
// tsx), the thread first registers the same TypeScript loader, since loaders are not inherited by threads.
import { type ResourceLimits, type TransferListItem, Worker } from 'node:worker_threads'

/**
 * Starts a thread.
 * @param module URL of the module, as `new URL('./name.js', import.meta.url)`
 * @param resourceLimits of its heap; a thread that needs more ends with an error
 * @param transferList what of its data is handed over
 */
export function startWorker(
  module: URL,
  workerData: unknown,
  resourceLimits: ResourceLimits = {},
  transferList: TransferListItem[] = [],
): Worker {
  const options = { workerData, resourceLimits, transferList }
  if (!import.meta.url.endsWith('.ts')) return new Worker(module, options)
  const source = module.href.replace(/\.js$/, '.ts')
  const register = import.meta.resolve('tsx/esm/api')
  const code = `import { register } from ${JSON.stringify(register)}; register(); await import(${JSON.stringify(source)})`
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), options)
}
