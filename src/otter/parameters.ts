// Parameters by name. The names are the keys of a published OpenFlamingo model, so a state dict needs no translation.
import { MimicitError } from '../base/errors.js'
import type { Tensor } from '../tensors/tf.js'

/** How a parameter starts when no weights are loaded. */
export type Init =
  /** Normal with standard deviation 1/sqrt(fan-in), the fan-in being the product of all axes but the first. */
  | { readonly kind: 'fan-in' }
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'constant'; readonly value: number }

/** One parameter of a model. */
export interface ParameterSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly init: Init
}

/** The parameters of a model, or part of them. */
export type Parameters = ReadonlyMap<string, Tensor>

/**
 * A parameter that must be there.
 *
 * @throws MIMICIT_INTERNAL when the model was built without it.
 */
export function parameter(parameters: Parameters, name: string): Tensor {
  const tensor = parameters.get(name)
  if (tensor === undefined)
    throw new MimicitError('MIMICIT_INTERNAL', {
      expected: `a parameter ${name}`,
      where: 'the model',
      received: 'a model without it',
    })
  return tensor
}

/** A weight [out, in] without bias. */
export const weightSpec = (name: string, out: number, inner: number): ParameterSpec => ({
  name,
  shape: [out, inner],
  init: { kind: 'fan-in' },
})

/** A vector that starts at one value. */
export const constantSpec = (name: string, size: number, value: number): ParameterSpec => ({
  name,
  shape: [size],
  init: { kind: 'constant', value },
})

/** Weight and bias of a layer norm. */
export const normSpecs = (prefix: string, size: number): ParameterSpec[] => [
  constantSpec(`${prefix}.weight`, size, 1),
  constantSpec(`${prefix}.bias`, size, 0),
]

/** Weight and bias of a linear layer. */
export const linearSpecs = (prefix: string, out: number, inner: number): ParameterSpec[] => [
  weightSpec(`${prefix}.weight`, out, inner),
  constantSpec(`${prefix}.bias`, out, 0),
]
