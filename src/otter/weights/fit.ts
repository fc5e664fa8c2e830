// Which tensor of which file goes into which parameter: planned over names and shapes, before anything is read or changed.
import { MimicitError } from '../../base/errors.js'
import { nameList } from './name-list.js'
import type { KeyReading, KeySource } from './schemes/index.js'
import { HEAD_KEYS } from './schemes/language-model.js'

/** What did not fit, or fitted in another way than number for number. */
export interface LoadReport {
  /** Parameters of the model that no weights gave: they are as they were. */
  readonly missing: readonly string[]
  /** Tensors that the model has no place for. */
  readonly surplus: readonly string[]
  /** Tensors whose shape is another. */
  readonly misshaped: readonly string[]
  /** Embeddings and heads of another number of rows, as a language model has them before tokens are added to it. */
  readonly resized: readonly ResizedRows[]
}

/** A tensor of which the rows that both have were taken; rows that only the model has keep their values. */
export interface ResizedRows {
  readonly name: string
  /** Rows in the file. */
  readonly from: number
  /** Rows in the model. */
  readonly to: number
}

/** Where the values of a parameter come from. */
export interface FittedTensor {
  /** Index of the weights among those given. */
  readonly part: number
  /** The tensor there. */
  readonly key: string
  /** Rows of it; all if absent. */
  readonly rows?: { readonly from: number; readonly to: number }
  /** Whether it fills only the first rows of the parameter. */
  readonly partial: boolean
}

/** A plan. */
export interface Fit extends LoadReport {
  readonly tensors: ReadonlyMap<string, FittedTensor>
}

/** What has to be known of a model. */
export interface FitTarget {
  /** By our names. */
  readonly shapes: ReadonlyMap<string, readonly number[]>
  readonly embeddingKey: string
  /** That of the embedding when they are tied. */
  readonly headKey: string
}

/**
 * The name in this model; undefined for a head that the model has not because it is its embedding (a file may hold it a
 * second time), or whose own name is there too.
 */
function nameIn(target: FitTarget, name: string, reading: KeyReading): string | undefined {
  if (!HEAD_KEYS.includes(name) || name === target.headKey) return name
  return target.headKey === target.embeddingKey || reading.found.has(target.headKey) ? undefined : target.headKey
}

const same = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((n, i) => n === b[i])

/** Embedding and head: rows are tokens, of which the file and the model may have different numbers. */
function resizable(target: FitTarget, name: string, wanted: readonly number[], held: readonly number[]): boolean {
  const isTokens = name === target.embeddingKey || name === target.headKey
  return isTokens && wanted.length === 2 && held.length === 2 && wanted[1] === held[1]
}

/**
 * Plans how weights go into a model. Later weights replace those before them: a trained part comes behind its base.
 */
export function fitWeights(target: FitTarget, readings: readonly KeyReading[]): Fit {
  const tensors = new Map<string, FittedTensor>()
  const resized = new Map<string, ResizedRows>()
  const misshaped = new Map<string, string>()
  const surplus: string[] = []
  for (const [part, reading] of readings.entries()) {
    surplus.push(...reading.unknown)
    for (const [named, source] of reading.found) {
      const name = nameIn(target, named, reading)
      if (name === undefined) continue
      const wanted = target.shapes.get(name)
      if (wanted === undefined) surplus.push(source.key)
      else place(part, name, wanted, source)
    }
  }
  return {
    tensors,
    missing: [...target.shapes.keys()].filter((name) => !tensors.has(name) && !misshaped.has(name)),
    surplus,
    misshaped: [...misshaped.values()],
    resized: [...resized.values()],
  }

  function place(part: number, name: string, wanted: readonly number[], { key, shape, rows }: KeySource): void {
    tensors.delete(name)
    resized.delete(name)
    misshaped.delete(name)
    if (same(wanted, shape)) {
      tensors.set(name, { part, key, ...(rows === undefined ? {} : { rows }), partial: false })
      return
    }
    if (!resizable(target, name, wanted, shape)) {
      misshaped.set(name, `${key} [${shape.join(', ')}] instead of [${wanted.join(', ')}]`)
      return
    }
    const [to = 0] = wanted
    const [from = 0] = shape
    resized.set(name, { name, from, to })
    tensors.set(name, { part, key, rows: { from: 0, to: Math.min(from, to) }, partial: from < to })
  }
}

/** Which parameters have to come. */
export type Required = 'all' | 'trainable' | 'some'

/**
 * Refuses what does not fit.
 * @param wanted Parameters that have to come.
 * @throws MIMICIT_BAD_WEIGHTS naming everything that is missing, surplus or of another shape
 */
export function checkFit(fit: Fit, readings: readonly KeyReading[], wanted: Iterable<string>, where: string): void {
  const twice = readings.flatMap((reading) => reading.twice)
  const [first] = twice
  if (first !== undefined)
    throw new MimicitError('MIMICIT_BAD_WEIGHTS', {
      expected: `one tensor for ${first[0]}`,
      where,
      received: first[1].join(' and '),
      hint: 'The file mixes two key schemes; leave one of them out.',
    })
  const lacking = new Set(fit.missing)
  const missing = [...wanted].filter((name) => lacking.has(name))
  const { surplus, misshaped, tensors } = fit
  if (missing.length + surplus.length + misshaped.length === 0) return
  const schemes = readings.map(({ scheme }) => scheme ?? 'unknown').join(', ')
  throw new MimicitError('MIMICIT_BAD_WEIGHTS', {
    expected: `the ${tensors.size + fit.missing.length + misshaped.length} tensors of this model`,
    where,
    received: [
      missing.length > 0 ? `${missing.length} missing (${nameList(missing)})` : '',
      surplus.length > 0 ? `${surplus.length} surplus (${nameList(surplus)})` : '',
      misshaped.length > 0 ? `${misshaped.length} of another shape (${misshaped.join(', ')})` : '',
    ]
      .filter((part) => part !== '')
      .join('; '),
    hint: `The keys are those of: ${schemes}. Use the configuration that belongs to these weights, or give the parts that are missing too.`,
  })
}
