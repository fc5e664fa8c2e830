// Measures in a process of its own, on the built package: nothing is warm but the disk's cache, and memory is its own.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The message of a script of this folder, run with arguments. */
export function inProcess<T>(script: string, ...args: readonly string[]): Promise<T> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, { execArgv: [] })
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code} before it said anything`)))
  })
}
