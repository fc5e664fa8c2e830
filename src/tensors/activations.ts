// The activation functions of the towers: GELU in its erf form (perceiver, gated cross-attention, MPT, GPT-NeoX),
// quick-GELU (CLIP), SiLU (LLaMA).
import { customOp } from './custom-op.js'
import type { Tensor, Tf } from './tf.js'
import { hasKernel, kernelNames } from './wasm/register.js'

/** x * Phi(x), Phi the normal distribution function: the erf form, not the tanh approximation. */
export function gelu(tf: Tf, x: Tensor): Tensor {
  return customOp(
    tf,
    [x],
    () => {
      if (hasKernel(tf, kernelNames.gelu)) {
        const [value, slope] = tf.engine().runKernel<Tensor[]>(kernelNames.gelu, { x }) as [Tensor, Tensor]
        return { value, saved: [slope] }
      }
      const share = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5)
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
      return { value: tf.mul(x, share), saved: [tf.add(share, tf.mul(x, density))] }
    },
    (dy, [slope]) => [() => tf.mul(dy, slope as Tensor)],
  )
}

/** x * sigmoid(beta * x). */
function gated(tf: Tf, x: Tensor, beta: number): Tensor {
  return customOp(
    tf,
    [x],
    () => {
      const gate = tf.sigmoid(beta === 1 ? x : tf.mul(x, beta))
      const value = tf.mul(x, gate)
      return { value, saved: [value, gate] }
    },
    (dy, saved) => {
      const [value, gate] = saved as [Tensor, Tensor]
      const rest = () => tf.mul(value, tf.sub(beta, beta === 1 ? gate : tf.mul(gate, beta)))
      return [() => tf.mul(dy, tf.add(gate, rest()))]
    },
  )
}

/** Quick-GELU: x * sigmoid(1.702 x), which OpenAI's CLIP was trained with. */
export function quickGelu(tf: Tf, x: Tensor): Tensor {
  return gated(tf, x, 1.702)
}

/** SiLU: x * sigmoid(x). */
export function silu(tf: Tf, x: Tensor): Tensor {
  return gated(tf, x, 1)
}
