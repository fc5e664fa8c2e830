// Puts our kernels into the wasm backend's registry.
import { kernelNames } from '../kernels.js'
import type { Tf } from '../tf.js'
import { batchMatMulKernel } from './batch-mat-mul.js'
import { geluKernel } from './gelu.js'
import { type HeapTensor, type WasmBackend, wasmBackend } from './heap.js'
import { identityKernel } from './identity.js'
import { gatherRowsKernel, scatterAddRowsKernel, sumRowsKernel } from './rows.js'
import { transposeKernel } from './transpose.js'
import { writeColumnsKernel } from './write-columns.js'

interface Call {
  readonly inputs: Readonly<Record<string, HeapTensor>>
  readonly attrs?: Readonly<Record<string, unknown>>
  readonly backend: unknown
}

type Register = (
  kernelName: string,
  run: (backend: WasmBackend, call: Call) => HeapTensor | readonly HeapTensor[],
) => void

/** Ours for values of 4 bytes; the shipped one goes on doing the rest (bool is one byte, a complex value two numbers). */
function replaceTranspose(tf: Tf, register: Register): void {
  const shipped = tf.getKernel('Transpose', 'wasm')
  tf.unregisterKernel('Transpose', 'wasm')
  register('Transpose', (backend, call) => {
    const x = call.inputs.x as HeapTensor
    const ours = x.dtype === 'float32' || x.dtype === 'int32'
    if (ours) return transposeKernel(backend, x, call.attrs?.perm as readonly number[])
    return shipped.kernelFunc(call as never) as unknown as HeapTensor
  })
}

/** Registers them; a second call does nothing. */
export function registerWasmKernels(tf: Tf): void {
  if (tf.getKernel(kernelNames.batchMatMul, 'wasm') !== undefined) return
  wasmBackend(tf.backend())
  const register: Register = (kernelName, run) =>
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ((call: Call) => run(call.backend as WasmBackend, call)) as unknown as Parameters<
        Tf['registerKernel']
      >[0]['kernelFunc'],
    })
  const input = (call: Call, name: string): HeapTensor => call.inputs[name] as HeapTensor
  register(kernelNames.batchMatMul, (backend, call) => batchMatMulKernel(backend, input(call, 'a'), input(call, 'b')))
  register(kernelNames.gatherRows, (backend, call) =>
    gatherRowsKernel(backend, input(call, 'table'), input(call, 'index')),
  )
  register(kernelNames.scatterAddRows, (backend, call) =>
    scatterAddRowsKernel(backend, input(call, 'values'), input(call, 'index'), Number(call.attrs?.rows)),
  )
  register(kernelNames.gelu, (backend, call) => geluKernel(backend, input(call, 'x')))
  register(kernelNames.sumRows, (backend, call) => sumRowsKernel(backend, input(call, 'matrix')))
  register(kernelNames.writeColumns, (backend, call) =>
    writeColumnsKernel(backend, input(call, 'room'), input(call, 'part'), Number(call.attrs?.at)),
  )
  replaceTranspose(tf, register)
  tf.unregisterKernel('Identity', 'wasm')
  register('Identity', (backend, call) => identityKernel(backend, input(call, 'x')))
}
