// Kernels for the TensorFlow backend of tfjs-node: operations that TensorFlow has and tfjs does not, and the shipped ones
// that make a tensor of axes or of a shape at every call, with constants instead.
import { kernelNames } from '../kernels.js'
import type { Tensor, Tf } from '../tf.js'
import { type Attribute, type TensorflowLibrary, tensorflowLibrary } from './library.js'

type Config = Parameters<Tf['registerKernel']>[0]
type Inputs = Readonly<Record<string, Tensor>>
type Attrs = Readonly<Record<string, unknown>>
/** What a kernel gives; undefined where the shipped one has to do it. */
type Kernel = (inputs: Inputs, attrs: Attrs) => Tensor | readonly Tensor[]

/** Ours for float32, the shipped one for everything else. */
function replace(tf: Tf, kernelName: string, ours: Kernel): void {
  const shipped = tf.getKernel(kernelName, 'tensorflow')
  tf.unregisterKernel(kernelName, 'tensorflow')
  register(tf, kernelName, (inputs, attrs, call) =>
    inputs.x?.dtype === 'float32' ? ours(inputs, attrs) : (shipped.kernelFunc(call) as unknown as Tensor),
  )
}

type Call = Parameters<Config['kernelFunc']>[0]

function register(
  tf: Tf,
  kernelName: string,
  run: (inputs: Inputs, attrs: Attrs, call: Call) => ReturnType<Kernel>,
): void {
  const kernelFunc = (call: Call) => run(call.inputs as unknown as Inputs, (call.attrs ?? {}) as Attrs, call)
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: kernelFunc as unknown as Config['kernelFunc'],
  })
}

/** A reduction over `axis`, which tfjs gives as a number, a list, or not at all: all of them. */
function reduction(library: TensorflowLibrary, name: string): Kernel {
  const attributes = (keep: boolean): readonly Attribute[] => [
    library.flag('keep_dims', keep),
    library.float,
    library.type('Tidx', 'int32'),
  ]
  const [kept, dropped] = [attributes(true), attributes(false)]
  return ({ x }, { axis, keepDims }) => {
    const { rank } = x as Tensor
    const axes = axis == null ? Array.from({ length: rank }, (_, i) => i) : [axis as number | number[]].flat()
    const inputs = [library.idOf(x as Tensor), library.constant(axes)]
    return library.tensor(library.run(name, keepDims === true ? kept : dropped, inputs)[0])
  }
}

/** Registers them; a second call does nothing. */
export function registerTensorflowKernels(tf: Tf): void {
  const library = tensorflowLibrary(tf)
  if (library === undefined || tf.getKernel(kernelNames.swapHalves, 'tensorflow') !== undefined) return
  const { float } = library
  const one = (name: string, attributes: readonly Attribute[], inputs: readonly number[]) =>
    library.tensor(library.run(name, attributes, inputs)[0])
  const id = (tensor: Tensor | undefined) => library.idOf(tensor as Tensor)

  const reshape = [float, library.type('Tshape', 'int32')]
  replace(tf, 'Reshape', ({ x }, { shape }) => {
    const [from, to] = [(x as Tensor).shape, shape as readonly number[]]
    const same = from.length === to.length && from.every((size, i) => size === to[i])
    return same ? library.share(infoOf(x as Tensor)) : one('Reshape', reshape, [id(x), library.constant(to)])
  })
  const transpose = [float, library.type('Tperm', 'int32')]
  replace(tf, 'Transpose', ({ x }, { perm }) =>
    one('Transpose', transpose, [id(x), library.constant(perm as readonly number[])]),
  )
  replace(tf, 'Sum', reduction(library, 'Sum'))
  replace(tf, 'Mean', reduction(library, 'Mean'))

  const roll = [float, library.type('Tshift', 'int32'), library.type('Taxis', 'int32')]
  register(tf, kernelNames.swapHalves, ({ x }) => {
    const { rank, shape } = x as Tensor
    return one('Roll', roll, [id(x), library.constant([(shape[rank - 1] ?? 0) / 2]), library.constant([rank - 1])])
  })
  register(tf, kernelNames.sigmoidGrad, ({ gate, dy }) => one('SigmoidGrad', [float], [id(gate), id(dy)]))
}

/** What a kernel hands back for values that are there already. */
const infoOf = ({ dataId, shape, dtype }: Tensor) => ({ dataId, shape, dtype }) as Tensor
