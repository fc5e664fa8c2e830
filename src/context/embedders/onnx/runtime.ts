// ONNX Runtime as far as embedders need it. It is an optional package, found when a model is opened: `onnxruntime-node`
// (native, fast), else `onnxruntime-web` (WebAssembly, slower, installs everywhere). One thread of the latter, so that a
// process ends when its work does.
import { readFile } from 'node:fs/promises'
import { MimicitError } from '../../../base/errors.js'
import { optionalPackage } from '../../../base/optional-package.js'
import { asIoError } from '../../../io/directory.js'

/** An array with its shape. */
export interface OnnxTensor {
  readonly type: string
  readonly data: Float32Array | BigInt64Array
  readonly dims: readonly number[]
}

/** A graph that is loaded. */
export interface OnnxGraph {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Sizes of an input as the graph fixes them; undefined where it takes any. */
  sizesOf(input: string): readonly (number | undefined)[]
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>
  /** What runs it. */
  readonly runtime: string
  close(): Promise<void>
}

/** The parts of the packages that are used; both have the same. */
interface Runtime {
  readonly env?: { readonly wasm?: { numThreads?: number }; logLevel?: string }
  readonly Tensor: new (type: string, data: OnnxTensor['data'], dims: readonly number[]) => OnnxTensor
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<Session>
  }
}
interface Session {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  readonly inputMetadata?: readonly { readonly name: string; readonly shape?: readonly (number | string)[] }[]
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>
  release(): Promise<void>
}

/** Packages that can run a graph, best first. */
const PACKAGES = ['onnxruntime-node', 'onnxruntime-web'] as const

/**
 * Loads a graph.
 * @param packages tried in turn
 * @throws MimicitError MIMICIT_UNSUPPORTED if none of the packages is installed or the graph cannot be run by it, MIMICIT_IO
 */
export async function loadGraph(path: string, packages: readonly string[] = PACKAGES): Promise<OnnxGraph> {
  const [name, runtime] = await findRuntime(packages)
  let model: Uint8Array
  try {
    model = await readFile(path)
  } catch (error) {
    throw asIoError(error, path)
  }
  if (runtime.env?.wasm !== undefined) runtime.env.wasm.numThreads = 1
  if (runtime.env !== undefined) runtime.env.logLevel = 'error'
  let session: Session
  try {
    session = await runtime.InferenceSession.create(model, {
      executionProviders: [name.endsWith('web') ? 'wasm' : 'cpu'],
    })
  } catch (error) {
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: `an ONNX model that ${name} can run`,
      where: path,
      received: (error as Error).message,
      hint: 'Download it again; a model with data in files beside it has to be exported as one file.',
      cause: error,
    })
  }
  const shapes = new Map(session.inputMetadata?.map(({ name: input, shape }) => [input, shape ?? []]))
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    runtime: name,
    sizesOf: (input) => (shapes.get(input) ?? []).map((size) => (typeof size === 'number' ? size : undefined)),
    run: (feeds) =>
      session.run(
        Object.fromEntries(
          Object.entries(feeds).map(([input, { type, data, dims }]) => [input, new runtime.Tensor(type, data, dims)]),
        ),
      ),
    close: () => session.release(),
  }
}

async function findRuntime(packages: readonly string[]): Promise<readonly [name: string, runtime: Runtime]> {
  let broken: unknown
  for (const name of packages) {
    try {
      const found = (await optionalPackage(name)) as (Runtime & { readonly default?: Runtime }) | undefined
      if (found !== undefined) return [name, found.InferenceSession === undefined ? found.default! : found]
    } catch (error) {
      broken ??= error
    }
  }
  throw new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: `the package ${packages.join(' or ')}`,
    where: 'an embedder with a model in ONNX',
    received: broken === undefined ? 'no such package' : `an error while loading it (${String(broken)})`,
    hint: `Install it with "npm install ${packages[0]}", or use an embedder without weights (ngrams, colour-gradient).`,
    cause: broken,
  })
}
