// Reading a tensor where it lies. What tfjs gives is a copy in memory that is new to the process, and for results of many
// megabytes that are read once, touching that memory costs as much as computing them.
import type { Tensor, Tf } from './tf.js'
import { floatsOf, wasmBackend } from './wasm/heap.js'

/**
 * The numbers of a float32 tensor, without a copy where the backend has them in this process's memory.
 *
 * @returns void after the next operation of the backend, and once `tensor` is disposed of; never to be written to.
 */
export function valuesInPlace(tf: Tf, tensor: Tensor): Float32Array {
  if (tf.getBackend() !== 'wasm') return tensor.dataSync<'float32'>()
  return floatsOf(wasmBackend(tf.backend()), tensor)
}
