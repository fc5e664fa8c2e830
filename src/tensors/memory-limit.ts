// How much a backend can hold, as far as it can be known: asked before a model is built, because the end of the memory comes
// after minutes of reading and looks like a fault.
import { freemem, totalmem } from 'node:os'
import type { Tf } from './tf.js'

/** What a backend can hold. */
export interface MemoryLimit {
  /** Bytes of tensors that still fit; undefined where nobody says, as of a graphics card. */
  readonly bytes: number | undefined
  /** Bytes that one tensor may have; undefined where there is no such limit. */
  readonly tensorBytes: number | undefined
  /** What ends there, for messages. */
  readonly of: string
}

/** A WebAssembly memory has 65,536 pages of 64 KB. */
const WASM_BYTES = 2 ** 32

/** Bytes that a process may still take on this machine. */
export function machineBytes(): number {
  // What macOS calls free leaves out all that it would give back at once.
  if (process.platform === 'darwin') return totalmem()
  const available = (process as { availableMemory?: () => number }).availableMemory
  return available === undefined ? freemem() : available.call(process)
}

/** @param machine Bytes that the machine has left. */
export function memoryLimit(tf: Tf, machine = machineBytes()): MemoryLimit {
  const onMachine: MemoryLimit = { bytes: machine, tensorBytes: undefined, of: 'the free memory of this machine' }
  switch (tf.getBackend()) {
    case 'wasm': {
      const heap = Math.max(0, WASM_BYTES - tf.memory().numBytes)
      if (heap > machine) return onMachine
      return { bytes: heap, tensorBytes: undefined, of: 'the heap of the backend wasm, which ends at 4 GB,' }
    }
    case 'webgpu': {
      const backend = tf.backend() as { readonly device?: { readonly limits?: Record<string, number> } }
      const { maxBufferSize, maxStorageBufferBindingSize } = backend.device?.limits ?? {}
      const known = [maxBufferSize, maxStorageBufferBindingSize].filter((bytes) => bytes !== undefined)
      return {
        bytes: undefined,
        tensorBytes: known.length === 0 ? undefined : Math.min(...known),
        of: 'a buffer of the backend webgpu',
      }
    }
    case 'tensorflow': {
      const backend = tf.backend() as { readonly isGPUPackage?: boolean }
      return backend.isGPUPackage === true ? { bytes: undefined, tensorBytes: undefined, of: 'the GPU' } : onMachine
    }
    default:
      return onMachine
  }
}
