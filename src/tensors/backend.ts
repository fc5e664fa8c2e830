// The one place where a tensor library is loaded. `wasm` comes with mimicit and runs everywhere; the others are optional
// packages, looked for only when asked for (or by `auto`), with a message that says how to install them.
//
// wasm runs on one thread. Its second thread gains a quarter on large products only, cannot be started inside Node as
// shipped, and would take the core on which the loader decodes the next batch.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { MimicitError, show } from '../base/errors.js'
import { optionalPackage } from '../base/optional-package.js'
import { registerTensorflowKernels } from './tensorflow/register.js'
import type { Tf } from './tf.js'
import { registerWasmKernels } from './wasm/register.js'

/** What a user may ask for. `auto`: the fastest that is installed (node-gpu, node, wasm). */
export const backendNames = ['auto', 'wasm', 'node', 'node-gpu', 'webgpu', 'cpu'] as const

/** One of `backendNames`. */
export type BackendName = (typeof backendNames)[number]

/** A loaded tensor library. */
export interface TensorBackend {
  readonly tf: Tf
  /** Which one runs: what `auto` came to. */
  readonly name: Exclude<BackendName, 'auto'>
}

const require = createRequire(import.meta.url)

function missing(name: string, packages: string, cause?: unknown): MimicitError {
  return new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: `the package ${packages}`,
    where: `the tensor backend ${show(name)}`,
    received: cause === undefined ? 'no such package' : `an error while loading it (${String(cause)})`,
    hint: `Install it with "npm install ${packages}", or use the built-in backend "wasm".`,
    cause,
  })
}

/** The embedded library, quiet: no banner that advertises other packages, no deprecation notes. */
function embedded(): Tf {
  const tf = require('@tensorflow/tfjs') as Tf
  tf.enableProdMode()
  return tf
}

async function activate(tf: Tf, name: string): Promise<void> {
  const done = await tf.setBackend(name)
  if (!done)
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: 'a backend that starts on this machine',
      where: `the tensor backend ${show(name)}`,
      received: 'a failed start',
      hint: 'Use another backend, for example "wasm" or "cpu".',
    })
  await tf.ready()
}

async function startWasm(): Promise<TensorBackend> {
  const tf = embedded()
  if (tf.getBackend() !== 'wasm') {
    const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(prefix: string): void }
    if (tf.findBackend('wasm') === null) {
      const root = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))
      wasm.setWasmPaths(join(root, 'dist', '/'))
    }
    await activate(tf, 'wasm')
  }
  registerWasmKernels(tf)
  return { tf, name: 'wasm' }
}

async function startNode(name: 'node' | 'node-gpu'): Promise<TensorBackend | undefined> {
  const packageName = name === 'node' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-node-gpu'
  let loaded: unknown
  try {
    loaded = await optionalPackage(packageName)
  } catch (cause) {
    throw missing(name, packageName, cause)
  }
  if (loaded === undefined) return undefined
  const module = loaded as { readonly default?: Tf } & Tf
  const tf = module.default ?? module
  await activate(tf, 'tensorflow')
  registerTensorflowKernels(tf)
  return { tf, name }
}

/** What is needed of `navigator.gpu`. */
interface Gpu {
  /** Null where there is nothing to compute on. */
  requestAdapter(): Promise<object | null>
}

const noCard = () =>
  new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: 'a graphics card with a driver for Vulkan, Metal or D3D12',
    where: 'the tensor backend "webgpu"',
    received: 'none that answers',
    hint: 'Install the driver of the card (docs/backends.md), or use the built-in backend "wasm".',
  })

async function startWebGpu(): Promise<TensorBackend> {
  const packages = 'webgpu @tensorflow/tfjs-backend-webgpu'
  const tf = embedded()
  let gpu: Gpu
  try {
    const dawn = (await optionalPackage('webgpu')) as
      | { create(flags: readonly string[]): Gpu; globals: Record<string, unknown> }
      | undefined
    if (dawn === undefined) throw missing('webgpu', packages)
    // The backend looks for a browser's globals while it is being loaded, so they must stand before.
    Object.assign(globalThis, dawn.globals)
    gpu = dawn.create([])
    const navigator: unknown = Reflect.get(globalThis, 'navigator')
    if (navigator === undefined) Reflect.set(globalThis, 'navigator', { gpu })
    else Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true })
    if ((await optionalPackage('@tensorflow/tfjs-backend-webgpu')) === undefined) throw missing('webgpu', packages)
  } catch (cause) {
    throw cause instanceof MimicitError ? cause : missing('webgpu', packages, cause)
  }
  if ((await gpu.requestAdapter()) === null) throw noCard()
  await activate(tf, 'webgpu')
  return { tf, name: 'webgpu' }
}

/**
 * Loads and starts a tensor backend.
 *
 * @param name What to run on. @default 'auto'
 * @throws MIMICIT_UNKNOWN_NAME for a name that is none of `backendNames`, MIMICIT_UNSUPPORTED when its package is not
 * installed or it does not start on this machine.
 */
export async function chooseBackend(name: BackendName = 'auto'): Promise<TensorBackend> {
  switch (name) {
    case 'auto': {
      for (const fast of ['node-gpu', 'node'] as const) {
        const found = await startNode(fast)
        if (found !== undefined) return found
      }
      return startWasm()
    }
    case 'wasm':
      return startWasm()
    case 'node':
    case 'node-gpu': {
      const found = await startNode(name)
      if (found === undefined)
        throw missing(name, name === 'node' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-node-gpu')
      return found
    }
    case 'webgpu':
      return startWebGpu()
    case 'cpu': {
      const tf = embedded()
      await activate(tf, 'cpu')
      return { tf, name: 'cpu' }
    }
    default: {
      const other: never = name
      throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
        expected: `one of ${backendNames.join(', ')}`,
        where: 'the tensor backend',
        received: show(other),
      })
    }
  }
}
