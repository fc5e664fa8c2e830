// Groups of pairs that show the same things: pairs that share a picture, a clip, an album or a scene, directly or by way of
// others. A group is the unit of a split, since a picture in training must not be one of the test.
//
// Every group has a canonical hash, which says on which side it belongs. It is the smallest hash of its names (clips,
// albums, scenes), or without names of its pictures' content: nothing that depends on rows, on ids of pictures, or on other
// groups. What is added to a data set therefore moves no group that it does not touch; a group that grows keeps its hash
// unless something new in it has a smaller one.
import { sha256 } from '../base/hash.js'
import type { Dataset } from '../shards/dataset.js'
import { namesIn } from '../tuple/scene.js'
import type { Pair } from '../tuple/tuple.js'
import { createForest } from './union-find.js'

/** Fields of a pair's metadata that name what it belongs to, as the sources of storytelling and indoor scenes have them. */
const NAMING_FIELDS = ['album', 'scene'] as const

/** The groups of a data set. */
export interface MediaGroups {
  /** The number of a pair's group, or undefined for a pair without visuals and names, which is a group of its own. */
  groupOf(pair: Pair): number | undefined
  /** 16 hex digits that stand for a pair's group. */
  canonicalOf(pair: Pair): string
  /** An upper bound of group numbers. */
  readonly size: number
}

/** Reads media rows and pairs once; memory is 21 bytes a picture and the names of clips, albums and scenes. */
export async function readMediaGroups(dataset: Dataset): Promise<MediaGroups> {
  const names = new Map<string, number>()
  const forest = createForest(dataset.manifest.tables.media.rows)
  const nameNode = (name: string) => {
    const known = names.get(name)
    if (known !== undefined) return known
    const node = forest.add(...prefix(sha256(Buffer.from(name, 'utf8'))), true)
    names.set(name, node)
    return node
  }
  for await (const { firstRow, columns } of dataset.columns('media', ['sha256', 'clip'])) {
    for (const [i, hash] of columns.sha256!.entries()) {
      forest.set(firstRow + i, ...prefix(hash as Uint8Array))
      const clip = columns.clip![i] as string | undefined
      if (clip !== undefined && clip !== null) forest.join(firstRow + i, nameNode(`clip:${clip}`))
    }
  }
  // An append stores a picture again that is there under another id: two rows, but one picture.
  forest.joinEqual()
  const nodesOf = (pair: Pick<Pair, 'subset' | 'media' | 'metadata'>) => [...pair.media, ...namesOf(pair).map(nameNode)]
  for await (const { columns, rows } of dataset.columns('pairs', ['subset', 'media', 'metadata'])) {
    for (let i = 0; i < rows; i++) {
      const [first, ...others] = nodesOf({
        subset: columns.subset![i] as string,
        media: columns.media![i] as readonly number[],
        metadata: (columns.metadata![i] as string | undefined) ?? null,
      })
      if (first !== undefined) for (const node of others) forest.join(first, node)
    }
  }
  return {
    groupOf(pair) {
      const [first] = nodesOf(pair)
      return first === undefined ? undefined : forest.find(first)
    },
    canonicalOf(pair) {
      const [first] = nodesOf(pair)
      if (first === undefined) return hex(...prefix(sha256(Buffer.from(`pair:${pair.id}`, 'utf8'))))
      return hex(...forest.least(first))
    },
    get size() {
      return forest.size
    },
  }
}

/** The first 64 bits of a hash. */
function prefix(hash: Uint8Array): [high: number, low: number] {
  const view = new DataView(hash.buffer, hash.byteOffset)
  return [view.getUint32(0), view.getUint32(4)]
}

const hex = (high: number, low: number) => [high, low].map((word) => word.toString(16).padStart(8, '0')).join('')

/** Albums and scenes that a pair's metadata name; the same name in two subsets is not the same thing. */
function namesOf({ subset, metadata }: Pick<Pair, 'subset' | 'metadata'>): string[] {
  return namesIn(metadata, NAMING_FIELDS).map(({ field, name }) => `${field}:${subset}:${name}`)
}
