// GELU (erf form) and its derivative in one pass over the wasm heap. As shipped, erf and exp are scalar there and need
// five passes for what this does in one.
import { floatsOf, type HeapTensor, type WasmBackend } from './heap.js'

/**
 * x [..] -> [gelu(x), gelu'(x)]. erf by Abramowitz and Stegun 7.1.26, whose error (1.5e-7) is that of float32; the
 * exponential it needs is the very one of the density, so the derivative comes for free.
 */
export function geluKernel(backend: WasmBackend, x: HeapTensor): readonly [HeapTensor, HeapTensor] {
  const value = backend.makeOutput(x.shape, 'float32')
  const slope = backend.makeOutput(x.shape, 'float32')
  const from = floatsOf(backend, x)
  const to = floatsOf(backend, value)
  const rate = floatsOf(backend, slope)
  for (let i = 0; i < from.length; i++) {
    const v = from[i] ?? 0
    const z = Math.abs(v) * Math.SQRT1_2
    const t = 1 / (1 + 0.3275911 * z)
    const bell = Math.exp(-z * z)
    const tail =
      ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * bell * 0.5
    const share = v < 0 ? tail : 1 - tail
    to[i] = v * share
    rate[i] = share + v * bell * 0.3989422804014327
  }
  return [value, slope]
}
