// The activation functions of the towers: GELU in its erf form (perceiver, gated cross-attention, MPT, GPT-NeoX),
// quick-GELU (CLIP), SiLU (LLaMA).
import { customOp } from './custom-op.js'
import { hasKernel, kernelNames } from './kernels.js'
import type { Tensor, Tf } from './tf.js'

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
      // In units of sqrt(2): x times the density of x is u exp(-u^2) / sqrt(pi).
      const u = tf.mul(x, Math.SQRT1_2)
      const share = tf.mul(tf.add(tf.erf(u), 1), 0.5)
      const density = tf.exp(tf.sub(-0.5 * Math.log(Math.PI), tf.square(u)))
      return { value: tf.mul(x, share), saved: [tf.add(share, tf.mul(u, density))] }
    },
    (dy, [slope]) => [() => tf.mul(dy, slope as Tensor)],
  )
}

/** dy * gate * (1 - gate): through a sigmoid whose result is `gate`. */
function sigmoidGrad(tf: Tf, gate: Tensor, dy: Tensor): Tensor {
  if (hasKernel(tf, kernelNames.sigmoidGrad))
    return tf.engine().runKernel<Tensor>(kernelNames.sigmoidGrad, { gate, dy })
  const through = tf.mul(dy, gate)
  return tf.sub(through, tf.mul(through, gate))
}

/** x * sigmoid(beta * x). */
function gated(tf: Tf, x: Tensor, beta: number): Tensor {
  return customOp(
    tf,
    [x],
    () => {
      const scaled = beta === 1 ? x : tf.mul(x, beta)
      const gate = tf.sigmoid(scaled)
      return { value: tf.mul(x, gate), saved: [scaled, gate] }
    },
    (dy, saved) => {
      const [scaled, gate] = saved as [Tensor, Tensor]
      return [() => tf.mul(dy, tf.add(gate, sigmoidGrad(tf, gate, scaled)))]
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
