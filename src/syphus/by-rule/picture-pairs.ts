// The questions about one picture that rules can ask: some of every way of asking, as different as there are.
import type { RandomStream } from '../../base/random.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import type { DraftPair } from '../draft-pair.js'
import { colourChecks, colours } from './colours.js'
import { counts, moreThanOne } from './counts.js'
import { doings, havings, wheres } from './doings.js'
import { shuffled } from './draw.js'
import { pictureFacts } from './facts.js'
import { inDetail, indoorsOrOutdoors, inventory, overview, setting } from './overviews.js'
import { above, beside, inPicture, larger } from './places.js'
import { choice, neither, presence } from './presence.js'
import type { Saying } from './saying.js'

/** A way of asking, and how many of its questions may be asked of one picture. A new one is a function and a line here. */
const SAYINGS: readonly (readonly [saying: Saying, most: number])[] = [
  [presence, 4],
  [counts, 2],
  [colours, 2],
  [colourChecks, 1],
  [doings, 1],
  [havings, 1],
  [wheres, 2],
  [beside, 1],
  [above, 1],
  [larger, 1],
  [inPicture, 2],
  [setting, 1],
  [indoorsOrOutdoors, 1],
  [inventory, 1],
  [choice, 1],
  [moreThanOne, 1],
  [inDetail, 2],
]

/** Pairs of which there are enough, and too few. */
const MOST = 12
const LEAST = 8

/**
 * Questions with answers that are true of a picture; the first is about the whole of it.
 * @param mediaId which picture of several @default the annotation is about one
 */
export function picturePairs(
  annotation: VisualAnnotation,
  random: RandomStream,
  mediaId?: string,
): readonly DraftPair[] {
  const facts = pictureFacts(annotation, mediaId)
  const ways = SAYINGS.map(([saying, most]) => distinctPairs(saying(facts, random)).slice(0, most))
  // One of each way of asking before the second of any: what there is most of would fill the list else. Yes and no stay balanced.
  const first = shuffled(
    random,
    ways.slice(1).flatMap(([pair]) => pair ?? []),
  )
  const further = ways.flatMap((pairs, n) => (n === 0 ? pairs.slice(2) : pairs.slice(1)))
  const chosen = distinctPairs([...ways[0]!.slice(0, 2), ...first, ...further]).slice(0, MOST - 1)
  const opening = overview(facts, random)
  const missing = Math.max(0, LEAST - opening.length - chosen.length)
  const pairs = [...opening, ...shuffled(random, [...chosen, ...neither(facts, random).slice(0, missing)])]
  return distinctPairs(pairs)
}

/** Each question and each answer of more than a few words once. */
function distinctPairs(pairs: readonly DraftPair[]): readonly DraftPair[] {
  const said = new Set<string>()
  return pairs.filter(({ instruction, response }) => {
    const key = response.split(' ').length > 5 ? response : instruction
    const known = said.has(instruction) || said.has(key)
    said.add(instruction).add(key)
    return !known
  })
}
