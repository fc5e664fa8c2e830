// Initial values, seeded: every parameter has a random stream of its own, keyed by seed and name, so the values do not
// depend on the order in which a model is built.
import { randomStream } from '../base/random.js'
import type { ParameterSpec } from './parameters.js'

/** The initial values of one parameter, row-major. */
export function initialValues(spec: ParameterSpec, seed: number): Float32Array {
  const size = spec.shape.reduce((product, n) => product * n, 1)
  const values = new Float32Array(size)
  if (spec.init.kind === 'constant') return values.fill(spec.init.value)
  const fanIn = size / (spec.shape[0] ?? 1)
  const std = spec.init.kind === 'normal' ? spec.init.std : 1 / Math.sqrt(fanIn)
  const stream = randomStream('otter-init', seed, spec.name)
  for (let i = 0; i < size; i++) values[i] = stream.normal() * std
  return values
}
