// The backends that the tests of operations run on: those that are always there, and TensorFlow where it is installed.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

function installed(name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}

/** Names for `chooseBackend`. */
export const testedBackends = [
  'wasm',
  'cpu',
  ...(installed('@tensorflow/tfjs-node') ? (['node'] as const) : []),
] as const
