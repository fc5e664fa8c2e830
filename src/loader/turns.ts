// A turn ready to be put into rows: its tokens with and without marks, and the media slots its marks stand for. A turn is
// made once and used by every sample that has it, as query or as context.
import { MimicitError } from '../base/errors.js'
import type { Marks } from '../text/render.js'
import { type TextRules, type TokenisedTurn, tokeniseTurn, withoutMarks } from '../text/tokenise.js'
import { layoutOf, type MediaLayoutName } from '../tuple/subsets.js'
import type { Pair } from '../tuple/tuple.js'
import { type FrameRules, frameSamplings } from './frames.js'
import { mediaLayouts, type Slots } from './media-layout.js'
import { tellsSides } from './side-words.js'

/** What of the rules decides a turn. */
export interface TurnRules extends TextRules, FrameRules {
  /** One layout for all, or undefined for that of each subset. */
  readonly mediaLayout: MediaLayoutName | undefined
  /** Whether pictures may be mirrored. */
  readonly flip: boolean
}

/** What of a pair decides its turn, apart from its texts. */
export type TurnFacts = Pick<Pair, 'id' | 'subset' | 'mediaKind' | 'media' | 'mediaPositions' | 'mediaTimes'>

/** What of a pair makes its turn. */
export type TurnPair = TurnFacts & Pick<Pair, 'instruction' | 'response'>

/** A turn. */
export interface SampleTurn {
  readonly id: string
  readonly subset: string
  /** Rows of its visuals. */
  readonly media: readonly number[]
  /** One for each mark of `marked`. */
  readonly slots: Slots
  /** Seconds at which the frames of each slot were taken; null = not known. */
  readonly times: readonly (readonly number[])[] | null
  /** Whether its texts tell left from right; where nothing may be mirrored nobody looks. */
  readonly sided: boolean
  readonly marked: TokenisedTurn
  /** Without marks, for a turn on the visuals of the turn before it. */
  readonly unmarked: TokenisedTurn
}

const NO_MARKS: Marks = { kind: 'front', count: 0 }

/**
 * Makes the turn of a pair; where its tokens without marks have to be looked for, they are when somebody asks.
 * @throws MimicitError MIMICIT_BAD_RECORD for a pair whose pictures and positions are not equally many
 */
export function turnOf(pair: TurnPair, rules: TurnRules): SampleTurn {
  const { instruction, response } = pair
  const tokenise = (marks: Marks) => tokeniseTurn({ instruction, response, marks }, rules)
  const { slots, times, marks } = turnShape(pair, rules)
  const marked = tokenise(marks)
  const unmarked = slots.length === 0 ? marked : withoutMarks(marked, marks, rules)
  const sided = rules.flip && (tellsSides(instruction) || tellsSides(response))
  const facts = { id: pair.id, subset: pair.subset, media: pair.media, slots, times, sided, marked }
  if (unmarked !== undefined) return { ...facts, unmarked }
  let made: TokenisedTurn | undefined
  return {
    ...facts,
    get unmarked() {
      made ??= tokenise(NO_MARKS)
      return made
    },
  }
}

/**
 * The same from tokens that are there already; undefined if not all of them are. Not for rules by which pictures may be
 * mirrored: there are no texts to look at.
 * @param tokens those of the pair with these marks
 */
export function turnFrom(
  pair: TurnFacts,
  rules: TurnRules,
  tokens: (marks: Marks) => TokenisedTurn | undefined,
): SampleTurn | undefined {
  const { slots, times, marks } = turnShape(pair, rules)
  const marked = tokens(marks)
  const unmarked = slots.length === 0 ? marked : tokens(NO_MARKS)
  if (marked === undefined || unmarked === undefined) return undefined
  return { id: pair.id, subset: pair.subset, media: pair.media, slots, times, sided: false, marked, unmarked }
}

/** About how many bytes a turn takes while it is kept. */
export function turnBytes({ media, slots, marked }: SampleTurn): number {
  // Its tokens, and those without marks or the texts they are made of. The rest is what small objects take.
  return 600 + 3 * marked.ids.byteLength + 24 * media.length + 60 * slots.length
}

/**
 * The slots of a pair and where its marks stand, from its facts alone.
 * @throws MimicitError MIMICIT_BAD_RECORD for a pair whose pictures and positions are not equally many
 */
export function turnShape(pair: TurnFacts, rules: ShapeRules) {
  const { slots, times } = slotsOf(pair, rules)
  return { slots, times, marks: marksOf(pair, rules, slots) }
}

type ShapeRules = Omit<TurnRules, keyof TextRules>

const layoutFor = ({ mediaLayout }: ShapeRules, pair: TurnFacts) => mediaLayout ?? layoutOf(pair.subset, pair.mediaKind)

function slotsOf(pair: TurnFacts, rules: ShapeRules): Pick<SampleTurn, 'slots' | 'times'> {
  const { media, mediaTimes } = pair
  const layout = mediaLayouts[layoutFor(rules, pair)]
  const choose = (count: number) =>
    frameSamplings[rules.frames]({ count, times: mediaTimes, where: `pair ${pair.id}` }, rules)
  const slots = layout(media, choose)
  if (mediaTimes === null || slots.length === 0) return { slots, times: null }
  // Laid out by place as by row, since a row may stand for several moments.
  const places = layout(
    media.map((_, place) => place),
    choose,
  )
  return { slots, times: places.map((slot) => slot.map((place) => mediaTimes[place]!)) }
}

function marksOf(pair: TurnFacts, rules: ShapeRules, slots: Slots): Marks {
  const { id, mediaPositions } = pair
  if (layoutFor(rules, pair) !== 'interleaved' || mediaPositions === null || slots.length === 0) {
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
