// A turn ready to be put into rows: its tokens with and without marks, and the media slots its marks stand for. A turn is
// made once and used by every sample that has it, as query or as context.
import { MimicitError } from '../base/errors.js'
import type { Marks } from '../text/render.js'
import { type TextRules, type TokenisedTurn, tokeniseTurn, withoutMarks } from '../text/tokenise.js'
import { layoutOf, type MediaLayoutName } from '../tuple/subsets.js'
import type { Pair } from '../tuple/tuple.js'
import { mediaLayouts, type Slots } from './media-layout.js'

/** What of the rules decides a turn. */
export interface TurnRules extends TextRules {
  /** One layout for all, or undefined for that of each subset. */
  readonly mediaLayout: MediaLayoutName | undefined
  readonly maxFrames: number
}

/** A turn. */
export interface SampleTurn {
  readonly id: string
  readonly subset: string
  /** Rows of its visuals. */
  readonly media: readonly number[]
  /** One for each mark of `marked`. */
  readonly slots: Slots
  readonly marked: TokenisedTurn
  /** Without marks, for a turn on the visuals of the turn before it; made when it is first asked for. */
  readonly unmarked: TokenisedTurn
}

/**
 * Makes the turn of a pair.
 * @throws MimicitError MIMICIT_BAD_RECORD for a pair whose pictures and positions are not equally many
 */
export function turnOf(pair: Pair, rules: TurnRules): SampleTurn {
  const layout = rules.mediaLayout ?? layoutOf(pair.subset, pair.mediaKind)
  const slots = mediaLayouts[layout](pair.media, rules.maxFrames)
  const { id, subset, media, instruction, response } = pair
  const texts = { instruction, response }
  const marks = marksOf(pair, layout, slots)
  const marked = tokeniseTurn({ ...texts, marks }, rules)
  let unmarked: TokenisedTurn | undefined = slots.length === 0 ? marked : undefined
  return {
    id,
    subset,
    media,
    slots,
    marked,
    get unmarked() {
      const make = () => tokeniseTurn({ ...texts, marks: { kind: 'front', count: 0 } }, rules)
      unmarked ??= withoutMarks(marked, marks, rules) ?? make()
      return unmarked
    },
  }
}

function marksOf({ id, mediaPositions }: Pair, layout: MediaLayoutName, slots: Slots): Marks {
  if (layout !== 'interleaved' || mediaPositions === null || slots.length === 0) {
    return { kind: 'front', count: slots.length }
  }
  if (mediaPositions.length === slots.length) return { kind: 'inside', positions: mediaPositions }
  throw new MimicitError('MIMICIT_BAD_RECORD', {
    expected: 'a position for each picture',
    where: `pair ${id}`,
    received: `${mediaPositions.length} positions of ${slots.length} pictures`,
    hint: 'Run `mimicit verify` on the data set.',
  })
}
