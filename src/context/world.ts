// Opens what in-context functions are made from: facts of every pair, and vectors when a function asks for similarities.
import { MimicitError, show } from '../base/errors.js'
import { spellingHint } from '../base/options.js'
import type { OnProgress } from '../base/progress.js'
import type { Dataset } from '../shards/dataset.js'
import type { Embedder, EmbedderKind } from './embedders/embedder.js'
import { BUILT_IN, embedderNamed, embedderNames } from './embedders/registry.js'
import { type PairFacts, readPairFacts } from './facts.js'
import { groupRows } from './groups.js'
import type { GuardSettings } from './guards.js'
import { pictureVectors, textVectors, type VectorSource } from './item-vectors.js'
import { type ItemIndex, openItems } from './items.js'
import { keepVectors, type VectorPlace } from './kept-vectors.js'
import { parseName, selectorOf } from './registry.js'
import type { SearchOptions } from './search/similarity-index.js'
import type { Selector, SelectorWorld } from './selector.js'
import { tableVectors } from './table-vectors.js'

/** How a world is opened. */
export interface WorldOptions {
  readonly seed: number
  /** Rows that these guards keep apart are never compared. */
  readonly guards: Pick<GuardSettings, 'splits' | 'languages' | 'subsets'>
  /** Embedders by name. @default those that are built in */
  readonly embedders?: Partial<Readonly<Record<EmbedderKind, string>>>
  readonly search?: Partial<Pick<SearchOptions, 'search' | 'recall' | 'threads'>>
  /** The most items of one kind that may be compared; more are refused with a hint. @default any number */
  readonly mostItems?: number
  /** Where vectors are kept that cost much to make, for a build that goes on. @default nowhere */
  readonly keepIn?: VectorPlace
  readonly onProgress?: OnProgress | undefined
}

/** A world that is open. */
export interface OpenWorld extends SelectorWorld {
  /** What was compared, for reports. */
  readonly opened: ReadonlyMap<EmbedderKind, ItemIndex>
  close(): Promise<void>
}

/** Reads the facts of a data set; vectors come when they are asked for. */
export async function openWorld(dataset: Dataset, options: WorldOptions): Promise<OpenWorld> {
  const facts = await readPairFacts(dataset)
  const partitions = partitionsOf(facts, options.guards)
  const opened = new Map<EmbedderKind, ItemIndex>()
  const opening = new Map<EmbedderKind, Promise<ItemIndex>>()
  const world: OpenWorld = {
    dataset,
    facts,
    seed: options.seed,
    partitions,
    opened,
    items(kind) {
      const known = opening.get(kind)
      if (known !== undefined) return known
      const index = open(dataset, facts, partitions, kind, options)
      opening.set(kind, index)
      index.then(
        (done) => opened.set(kind, done),
        () => undefined,
      )
      return index
    },
    selector: (name): Promise<Selector> => selectorOf(world, name),
    async close() {
      for (const index of await Promise.allSettled(opening.values())) {
        if (index.status === 'fulfilled') await index.value.close()
      }
    },
  }
  return world
}

async function open(
  dataset: Dataset,
  facts: PairFacts,
  partitions: Int32Array,
  kind: EmbedderKind,
  options: WorldOptions,
): Promise<ItemIndex> {
  const items = (kind === 'text' ? facts.instructions : facts.visuals).size
  if (items > (options.mostItems ?? Number.POSITIVE_INFINITY)) {
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: `at most ${options.mostItems} different ${kind === 'text' ? 'instructions' : 'visuals'} to compare while loading`,
      where: dataset.location,
      received: String(items),
      hint: 'Compute the contexts once with `mimicit context`, and load with `stored:<name>`.',
    })
  }
  const name = options.embedders?.[kind] ?? BUILT_IN[kind]
  const embedder = await embedderOf(name, dataset, kind)
  try {
    const search: SearchOptions = {
      ...{ search: 'auto', recall: 0.95, threads: 0, ...options.search },
      seed: options.seed,
      onProgress: options.onProgress,
    }
    const source = sourceOf(dataset, facts, embedder, kind, name, options)
    return await openItems(facts, partitions, kind, source, embedder.dimensions, embedder.identity, search)
  } finally {
    await embedder.close?.()
  }
}

function sourceOf(
  dataset: Dataset,
  facts: PairFacts,
  embedder: Embedder,
  kind: EmbedderKind,
  name: string,
  { onProgress, keepIn }: WorldOptions,
): VectorSource {
  if (embedder.kind === 'table') return tableVectors(dataset, facts, kind, embedder, onProgress)
  if (embedder.kind !== kind) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `an embedder for ${kind === 'text' ? 'texts' : 'pictures'}`,
      where: `the embedder for ${kind}`,
      received: `${show(name)}, which is for ${embedder.kind === 'text' ? 'texts' : 'pictures'}`,
    })
  }
  const kept = keepIn === undefined ? undefined : keepVectors(keepIn, kind, embedder.identity, embedder.dimensions)
  if (embedder.kind === 'image') return pictureVectors(dataset, facts, embedder, kept, onProgress, keepIn?.begin)
  // One that learns from the texts reads all of them first in any case, and is quick.
  return textVectors(dataset, embedder, embedder.fit === undefined ? kept : undefined, onProgress)
}

async function embedderOf(name: string, dataset: Dataset, kind: EmbedderKind) {
  const [maker, argument] = parseName(name)
  const make = embedderNamed(maker)
  if (make !== undefined) return make(argument, dataset, kind)
  throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
    expected: `one of ${embedderNames().join(', ')}`,
    where: 'the embedder',
    received: show(name),
    hint: spellingHint(maker, embedderNames()),
  })
}

/** One number for all rows that the guards let be contexts of one another. */
function partitionsOf(facts: PairFacts, { splits, languages, subsets }: WorldOptions['guards']): Int32Array {
  const labels = [
    ...(splits ? [facts.splits] : []),
    ...(languages ? [facts.languages] : []),
    ...(subsets ? [facts.subsets] : []),
  ]
  const keys = new Float64Array(facts.rows)
  for (const { of, names } of labels)
    for (let row = 0; row < facts.rows; row++) keys[row] = keys[row]! * names.length + of[row]!
  return groupRows(keys).of
}
