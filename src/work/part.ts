// A job cut into parts: which of them a thing belongs to depends on its key alone, so that every process knows its share
// without asking anybody, whatever the order of the things and whoever does the other parts.
import { MimicitError, show } from '../base/errors.js'
import { keyWords } from '../base/random.js'

/** One of several parts. */
export interface Part {
  /** From 1. */
  readonly index: number
  readonly count: number
}

/** Most parts of a job. */
const MOST_PARTS = 100_000

/**
 * Reads `3/8`.
 * @throws MimicitError MIMICIT_BAD_VALUE
 */
export function parsePart(text: string): Part {
  const [, index = '', count = ''] = /^(\d+)\/(\d+)$/.exec(text.trim()) ?? []
  const part = { index: Number(index), count: Number(count) }
  if (index !== '' && part.index >= 1 && part.index <= part.count && part.count <= MOST_PARTS) return part
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'a part such as 3/8 (the third of eight)',
    where: '--part',
    received: show(text),
    hint: 'Parts are counted from 1; under SLURM: --part $((SLURM_ARRAY_TASK_ID + 1))/$SLURM_ARRAY_TASK_COUNT.',
  })
}

/** `3-of-8`, as files and jobs are named. */
export const partName = ({ index, count }: Part): string => `${index}-of-${count}`

/** All parts. */
export const partsOf = (count: number): Part[] => Array.from({ length: count }, (_, i) => ({ index: i + 1, count }))

/**
 * The part that a key belongs to.
 * @param key of what must stay together: the id of a picture or a video
 */
export function partOf(key: string, count: number): number {
  // 2^32 is no multiple of most counts, which shifts the shares by less than one in forty thousand.
  return (keyWords('mimicit part', key)[0]! % count) + 1
}

/** Whether a key belongs to a part. */
export const isInPart = ({ index, count }: Part, key: string): boolean => partOf(key, count) === index
