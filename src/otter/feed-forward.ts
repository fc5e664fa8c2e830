// The feed-forward part that perceiver and gated cross-attention share: layer norm, linear, GELU (erf), linear; no biases
// in the linear layers. Keys `0` (norm), `1` and `3` (linear), as in a PyTorch Sequential (OpenFlamingo).
import { gelu } from '../tensors/activations.js'
import { linear } from '../tensors/linear.js'
import { layerNorm } from '../tensors/norm.js'
import type { Tensor, Tf } from '../tensors/tf.js'
import { normSpecs, type ParameterSpec, type Parameters, parameter, weightSpec } from './parameters.js'

/** Its parameters under `prefix`. */
export function feedForwardSpecs(prefix: string, width: number, mult: number): ParameterSpec[] {
  return [
    ...normSpecs(`${prefix}.0`, width),
    weightSpec(`${prefix}.1.weight`, width * mult, width),
    weightSpec(`${prefix}.3.weight`, width, width * mult),
  ]
}

/** [.., width] -> [.., width], without the residual. */
export function feedForward(tf: Tf, parameters: Parameters, prefix: string, x: Tensor, eps: number): Tensor {
  const p = (name: string) => parameter(parameters, `${prefix}.${name}`)
  const inner = gelu(tf, linear(tf, layerNorm(tf, x, p('0.weight'), p('0.bias'), eps), p('1.weight')))
  return linear(tf, inner, p('3.weight'))
}

/** The halves of a fused key-value weight [2 * inner, width]: keys first. */
export function splitKeyValue(tf: Tf, weight: Tensor): readonly [key: Tensor, value: Tensor] {
  const [rows = 0, columns = 0] = weight.shape
  return [tf.slice(weight, [0, 0], [rows / 2, columns]), tf.slice(weight, [rows / 2, 0], [rows / 2, columns])]
}
