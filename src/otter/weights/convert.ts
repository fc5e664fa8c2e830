// Weights in one form and scheme as weights in another: every tensor is read and written once, in pieces.
import { MimicitError } from '../../base/errors.js'
import { trainableNames } from '../trainable.js'
import { badWeights } from './bad-weights.js'
import { type DType, type WritableDType, writableDtypes } from './dtypes.js'
import { withWeights } from './load.js'
import { nameList } from './name-list.js'
import { checkReadable, type Weights } from './open-weights.js'
import { otterName } from './schemes/flamingo.js'
import { type KeySource, readKeys } from './schemes/index.js'
import { EMBEDDING_KEYS, HEAD_KEYS, TIED_EMBEDDING_KEYS } from './schemes/language-model.js'
import { type TensorSource, type WriteOptions, type WrittenWeights, writeWeights } from './write-weights.js'

/** Schemes that are written, by how a name of ours is called there. */
export const outputSchemes = {
  openflamingo: (name: string) => name,
  otter: otterName,
} as const satisfies Readonly<Record<string, (name: string) => string>>

/** A scheme that is written. */
export type OutputScheme = keyof typeof outputSchemes

/** How weights are converted. */
export interface ConvertOptions extends WriteOptions {
  /** @default 'openflamingo' */
  readonly scheme?: OutputScheme
  /** Type of all tensors. @default that of each tensor; float32 for one that is none of these */
  readonly dtype?: WritableDType
  /** Only what was trained: perceiver, cross-attention, input embedding and a head of its own. @default false */
  readonly trainableOnly?: boolean
}

/** What a conversion did. */
export interface ConvertedWeights extends WrittenWeights {
  /** Schemes of the inputs, in order. */
  readonly schemes: readonly string[]
  /** Keys that were not needed: buffers, copies, text towers. */
  readonly aside: readonly string[]
  /** Tensors that a later input replaced. */
  readonly replaced: readonly string[]
}

/** @throws MIMICIT_UNKNOWN_NAME for a name that is not in the registry */
export function outputName(scheme: OutputScheme): (name: string) => string {
  if (Object.hasOwn(outputSchemes, scheme)) return outputSchemes[scheme]
  throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
    expected: `one of ${Object.keys(outputSchemes).join(', ')}`,
    where: 'the key scheme',
    received: scheme,
  })
}

const isWritable = (dtype: DType): dtype is WritableDType => (writableDtypes as readonly DType[]).includes(dtype)

interface Found {
  readonly weights: Weights
  readonly source: KeySource
}

/** Names of ours that training changes, as far as names tell. */
function trainedOf(names: readonly string[]): ReadonlySet<string> {
  const embeddingKey = EMBEDDING_KEYS.find((key) => names.includes(key)) ?? ''
  const headKey = TIED_EMBEDDING_KEYS.includes(embeddingKey) ? '' : (HEAD_KEYS.find((key) => names.includes(key)) ?? '')
  return trainableNames(names, 'published', { embeddingKey, headKey })
}

/** All inputs together, later ones over earlier ones. */
function combine(inputs: readonly Weights[]) {
  const found = new Map<string, Found>()
  const replaced: string[] = []
  const readings = inputs.map((weights) => ({ weights, reading: readKeys(weights.tensors) }))
  for (const { weights, reading } of readings) {
    const { scheme, unknown, twice } = reading
    const [double] = twice
    if (scheme === undefined || unknown.length > 0)
      throw badWeights(
        weights.location,
        'tensors of an OpenFlamingo or Otter model, a CLIP tower or a language model',
        `${unknown.length} others (${nameList(unknown)})`,
        'What nobody knows would be lost; take them out of the file first.',
      )
    if (double !== undefined)
      throw badWeights(
        weights.location,
        `one tensor for ${double[0]}`,
        double[1].join(' and '),
        'Leave one of them out.',
      )
    for (const [name, source] of reading.found) {
      if (found.has(name)) replaced.push(name)
      found.set(name, { weights, source })
    }
  }
  return {
    found,
    replaced,
    schemes: readings.map(({ reading }) => reading.scheme!),
    aside: readings.flatMap(({ reading }) => reading.aside),
  }
}

/**
 * Converts weights: from any form that `openWeights` reads and any scheme in which they are published, to safetensors in
 * one scheme. Several inputs are put together, later ones replace earlier ones.
 *
 * @param inputs Locations as `openWeights` takes them, or open weights.
 * @param out A file that ends in `.safetensors`, or a directory.
 * @throws MIMICIT_BAD_WEIGHTS naming tensors that nobody knows, MIMICIT_UNKNOWN_NAME for a scheme, and as `openWeights` and
 * `writeWeights`
 */
export async function convertWeights(
  inputs: readonly (string | Weights)[],
  out: string,
  { scheme = 'openflamingo', dtype, trainableOnly = false, ...options }: ConvertOptions = {},
): Promise<ConvertedWeights> {
  const rename = outputName(scheme)
  return withWeights(inputs, async (opened) => {
    const { found, ...facts } = combine(opened)
    const trained = trainableOnly ? trainedOf([...found.keys()]) : undefined
    const wanted = [...found].filter(([name]) => trained?.has(name) !== false)
    for (const weights of opened)
      checkReadable(
        weights,
        wanted.filter(([, it]) => it.weights === weights).map(([, { source }]) => source.key),
      )
    const sources: TensorSource[] = []
    for (const [name, { weights, source }] of wanted) {
      const held = weights.tensors.get(source.key)!.dtype
      sources.push({
        name: rename(name),
        shape: source.shape,
        dtype: dtype ?? (isWritable(held) ? held : 'float32'),
        pieces: () => weights.pieces(source.key, source.rows),
      })
    }
    return { ...(await writeWeights(out, sources, options)), ...facts }
  })
}
