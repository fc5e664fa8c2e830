// What rules can ask of an annotation, by what it knows: moments of a clip, or what is in a picture.
import type { RandomStream } from '../../base/random.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import type { DraftPair } from '../draft-pair.js'
import { momentPairs } from './moment-pairs.js'
import { picturePairs } from './picture-pairs.js'

/** Questions with answers that are true of it. */
export function byAnnotation(annotation: VisualAnnotation, random: RandomStream): readonly DraftPair[] {
  return annotation.segments.length > 0 ? momentPairs(annotation, random) : picturePairs(annotation, random)
}
