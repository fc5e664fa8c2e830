// Train, validation and test by visuals: whatever shares a picture, clip, album or scene stays on one side. The side is a
// keyed hash of the group, so it depends neither on rows nor on what else is in the data; a split that the source names is
// kept, and the rest of its group goes with it. So a data set that was split, appended to and split again keeps every side.
import { z } from 'zod'
import { MimicitError } from '../base/errors.js'
import { parseOptions } from '../base/options.js'
import { keyWords } from '../base/random.js'
import type { Dataset } from '../shards/dataset.js'
import { pairAt } from '../shards/rows.js'
import type { Pair, Split } from '../tuple/tuple.js'
import { copyContexts, copyLengths, copyMedia, copyPairs, numbered } from './copy-rows.js'
import { type MediaGroups, readMediaGroups } from './media-groups.js'
import { type RewriteOptions, type Rewritten, stoppable, withDatasets, writeRewritten } from './rewritten.js'

/** How to split, and where to write it. */
export interface SplitOptions extends RewriteOptions {
  /** Part of the groups that go to validation, 0 to 1. @default 0 */
  readonly validation?: number
  /** Part of the groups that go to test, 0 to 1. @default 0 */
  readonly test?: number
  /** What stays together. @default 'visuals' */
  readonly by?: 'visuals'
  /** Another seed, another split. @default 0 */
  readonly seed?: number
}

/** What a split made. */
export interface SplitResult extends Rewritten {
  /** Groups on which pairs of several splits meet, because the source names them so; they were left as they are. */
  readonly mixedGroups: number
}

const part = z.number().min(0).max(1).default(0)
const schema = z.strictObject({
  out: z.string().min(1),
  validation: part,
  test: part,
  by: z.enum(['visuals']).default('visuals'),
  seed: z.int().default(0),
})

/**
 * Writes a data set whose pairs all have a split; everything else stays as it is, the order of pairs included.
 * @param source location of a data set
 * @throws MimicitError MIMICIT_BAD_VALUE, MIMICIT_UNKNOWN_OPTION, MIMICIT_NOT_EMPTY, MIMICIT_ABORTED
 */
export async function splitDataset(
  source: string,
  { onProgress: tell, signal, store, ...options }: SplitOptions,
): Promise<SplitResult> {
  const { out, ...settings } = parseOptions('splitDataset', schema, options)
  const { validation, test, seed } = settings
  if (validation + test > 1 || validation + test === 0) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'parts above 0 that are 1 at most together',
      where: 'options validation and test of splitDataset',
      received: `${validation} and ${test}`,
    })
  }
  const onProgress = stoppable('the split', { onProgress: tell, signal })
  return withDatasets([source], { signal, ...store }, async ([dataset]) => {
    const { pairs, media } = dataset!.manifest.tables
    const groups = await readMediaGroups(dataset!)
    const named = await namedSplits(dataset!, groups)
    const map = {
      pairs: numbered(new Uint8Array(pairs.rows).fill(1)),
      media: numbered(new Uint8Array(media.rows).fill(1)),
    }
    const sideOf = (pair: Pair): Split => {
      if (pair.split !== null) return pair.split
      const group = groups.groupOf(pair)
      const told = group === undefined ? undefined : PRECEDENCE.find((_, bit) => (named[group]! >> bit) & 1)
      return told ?? sideOfHash(groups.canonicalOf(pair), seed, { validation, test })
    }
    const rewritten = await writeRewritten(
      'split',
      [dataset!],
      out,
      settings,
      async (writer) => {
        await copyMedia(writer, dataset!, () => true, { onProgress })
        await copyPairs(writer, dataset!, map, {
          pair: (pair) => ({ ...pair, split: sideOf(pair) }),
          onProgress,
        })
        await copyContexts(writer, dataset!, map.pairs)
        await copyLengths(writer, [{ dataset: dataset!, pairs: map.pairs }])
      },
      dataset!.manifest.mixture,
    )
    return { ...rewritten, mixedGroups: named.filter((bits) => (bits & (bits - 1)) !== 0).length }
  })
}

/** Of a group that the source spreads over several sides, the pairs without a split go to the first of these. */
const PRECEDENCE: readonly Split[] = ['test', 'validation', 'train']

/** For each group the splits that the source names, one bit each. */
async function namedSplits(dataset: Dataset, groups: MediaGroups): Promise<Uint8Array> {
  const named = new Uint8Array(groups.size)
  if (Object.keys(dataset.manifest.statistics.splits).length === 0) return named
  const columns = ['id', 'subset', 'split', 'media', 'metadata']
  for await (const group of dataset.columns('pairs', columns)) {
    for (let i = 0; i < group.rows; i++) {
      const pair = pairAt(group.columns, i)
      const at = groups.groupOf(pair)
      if (pair.split !== null && at !== undefined) named[at]! |= 1 << PRECEDENCE.indexOf(pair.split)
    }
  }
  return named
}

/**
 * The side of a group, from its canonical hash alone. Test takes the lower end of the line and validation the upper one, so
 * that a larger part of either only takes from train.
 */
export function sideOfHash(
  canonical: string,
  seed: number,
  parts: { readonly validation: number; readonly test: number },
): Split {
  const [word] = keyWords('split 1', seed, canonical)
  const place = word! / 4294967296
  if (place < parts.test) return 'test'
  return place >= 1 - parts.validation ? 'validation' : 'train'
}
