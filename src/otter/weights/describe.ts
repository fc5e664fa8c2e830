// What weights hold, without reading any of it: for `mimicit weights info`.
import type { DType } from './dtypes.js'
import type { Weights } from './open-weights.js'
import { elements } from './place.js'
import { readKeys } from './schemes/index.js'
import { EMBEDDING_KEYS, HEAD_KEYS } from './schemes/language-model.js'

/** Parts of a model, and what else a file may hold. */
export const WEIGHT_PARTS = [
  'vision tower',
  'perceiver',
  'cross-attention',
  'embeddings',
  'language model',
  'not needed',
  'unknown',
] as const

/** One of `WEIGHT_PARTS`. */
export type WeightPart = (typeof WEIGHT_PARTS)[number]

/** One part of some weights. */
export interface PartFacts {
  readonly part: WeightPart
  readonly tensors: number
  /** Values of all its tensors. */
  readonly parameters: number
  readonly bytes: number
  /** Tensors by type. */
  readonly dtypes: Readonly<Partial<Record<DType, number>>>
}

/** What some weights hold. */
export interface WeightsFacts {
  readonly location: string
  readonly form: Weights['form']
  readonly files: readonly string[]
  /** How the keys are named; null if in no way that is known. */
  readonly scheme: string | null
  /** Values of a model: what is not needed or unknown is not counted. */
  readonly parameters: number
  /** Bytes of all tensors. */
  readonly bytes: number
  /** Parts that are there. */
  readonly parts: readonly PartFacts[]
  readonly tensors: readonly TensorFacts[]
}

/** One tensor. */
export interface TensorFacts {
  readonly name: string
  readonly part: WeightPart
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly file: string
}

/** The part of a model that a name of ours belongs to. */
function partOf(name: string): WeightPart {
  if (name.startsWith('vision_encoder.')) return 'vision tower'
  if (name.startsWith('perceiver.')) return 'perceiver'
  if (name.includes('.gated_cross_attn_layer.')) return 'cross-attention'
  return EMBEDDING_KEYS.includes(name) || HEAD_KEYS.includes(name) ? 'embeddings' : 'language model'
}

/** Says what weights hold. */
export function describeWeights({ location, form, files, tensors }: Weights): WeightsFacts {
  const reading = readKeys(tensors)
  const parts = new Map<string, WeightPart>()
  for (const [name, { key }] of reading.found) parts.set(key, partOf(name))
  for (const key of reading.aside) parts.set(key, 'not needed')
  const facts = [...tensors].map(([name, { dtype, shape, file }]) => ({
    name,
    part: parts.get(name) ?? ('unknown' as const),
    dtype,
    shape,
    file,
  }))
  const summed = WEIGHT_PARTS.map((part): PartFacts => {
    const members = facts.filter((fact) => fact.part === part)
    const dtypes: Partial<Record<DType, number>> = {}
    for (const { dtype } of members) dtypes[dtype] = (dtypes[dtype] ?? 0) + 1
    return {
      part,
      tensors: members.length,
      parameters: members.reduce((sum, { shape }) => sum + elements(shape), 0),
      bytes: members.reduce((sum, { name }) => sum + tensors.get(name)!.bytes, 0),
      dtypes,
    }
  }).filter((part) => part.tensors > 0)
  const counted = summed.filter(({ part }) => part !== 'not needed' && part !== 'unknown')
  return {
    ...{ location, form, files, scheme: reading.scheme ?? null },
    parameters: counted.reduce((sum, part) => sum + part.parameters, 0),
    bytes: summed.reduce((sum, part) => sum + part.bytes, 0),
    parts: summed,
    tensors: facts,
  }
}
