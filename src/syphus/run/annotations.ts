// Which annotations of a set are asked about: all, the first of them, or some that are drawn. What one lacks is told once.
import { keyWords } from '../../base/random.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import type { AnnotationSet } from '../../import/annotations/annotation-set.js'

/** Which of them. */
export interface Choice {
  /** So many, drawn by the seed. @default all */
  readonly sample?: number | undefined
  readonly seed: number
  /** The first so many, of the drawn ones if there are such. @default all */
  readonly limit?: number | undefined
}

/**
 * Streams the chosen ones, in the order of the set. A sample takes a first pass over the files, since nobody knows how many there are.
 * @param scratch as in `AnnotationSet.read`
 */
export async function* chosenAnnotations(
  set: AnnotationSet,
  paths: readonly string[],
  scratch: string,
  { sample, seed, limit = Number.POSITIVE_INFINITY }: Choice,
): AsyncGenerator<VisualAnnotation> {
  const drawn = sample === undefined ? undefined : await draw(set, paths, scratch, sample, seed)
  let count = 0
  if (limit <= 0) return
  for await (const annotation of set.read(paths, scratch)) {
    if (drawn !== undefined && !drawn.has(annotation.id)) continue
    yield annotation
    if (++count >= limit) return
  }
}

/** Those with the smallest keyed numbers: who is drawn does not depend on who else is there before or after. */
async function draw(set: AnnotationSet, paths: readonly string[], scratch: string, sample: number, seed: number) {
  let best: (readonly [number: number, id: string])[] = []
  const keep = () => {
    best = best.sort(([x, a], [y, b]) => x - y || (a < b ? -1 : 1)).slice(0, sample)
  }
  for await (const { id } of set.read(paths, scratch)) {
    const [word] = keyWords('syphus sample', seed, id)
    best.push([word!, id])
    if (best.length >= 2 * sample + 1024) keep()
  }
  keep()
  return new Set(best.map(([, id]) => id))
}
