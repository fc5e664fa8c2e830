// How many tokens a turn, and so a sample, has, from counts alone: what packing and token budgets are planned from. Special
// tokens are in no count, since how many of them stand in a row is known without looking at any text.
import type { Marks } from './render.js'
import { rowEnds, type TextRules, type TokenisedTurn, tokeniseTurn, withoutMarks } from './tokenise.js'

/** The texts of a pair, and where its pictures stand in them. */
export interface PairText {
  readonly instruction: string
  readonly response: string
  readonly mediaPositions: readonly number[] | null
}

/** Tokens of the text of one turn; text behind what closes an answer is not counted. */
export interface TurnCounts {
  /** In front of the response, with marks in front. */
  readonly instruction: number
  /** The same without marks: for a turn without pictures, or one that shares those of the turn before it. */
  readonly unmarked: number
  /** The same with a mark at each of the pair's positions; with marks in front for a pair without positions. */
  readonly interleaved: number
  readonly response: number
}

/** What a template adds to the texts, with one tokenizer. */
export interface TurnFrame {
  /** Special tokens of a turn but those of its marks. */
  readonly fixed: number
  /** Tokens of each mark. */
  readonly perMark: number
  /** Tokens between two turns. */
  readonly tail: number
  /** Tokens of a row outside of its turns: bos, and eos if there is one. */
  readonly ends: number
}

/** A pair's turn by where its marks stand: one in front, none, one at each position. */
export interface TurnVariants {
  readonly front: TokenisedTurn
  readonly unmarked: TokenisedTurn
  /** Undefined for a pair without positions. */
  readonly interleaved: TokenisedTurn | undefined
}

const marksInFront = (count: number): Marks => ({ kind: 'front', count })

/** Tokenises a pair in every way in which a loader may want it. */
export function tokeniseVariants(pair: PairText, rules: TextRules): TurnVariants {
  const { mediaPositions, ...texts } = pair
  const marks = marksInFront(1)
  const front = tokeniseTurn({ ...texts, marks }, rules)
  return {
    front,
    unmarked: withoutMarks(front, marks, rules) ?? tokeniseTurn({ ...texts, marks: marksInFront(0) }, rules),
    interleaved:
      mediaPositions === null
        ? undefined
        : tokeniseTurn({ ...texts, marks: { kind: 'inside', positions: mediaPositions } }, rules),
  }
}

/** The counts of a pair. */
export function countsOf({ front, unmarked, interleaved = front }: TurnVariants): TurnCounts {
  const response = front.close - front.answer
  return {
    instruction: front.text - response,
    unmarked: unmarked.text - response,
    interleaved: interleaved.text - response,
    response,
  }
}

/** The frame of a template. */
export function turnFrame(rules: TextRules): TurnFrame {
  const specials = (count: number) => {
    const { end, text } = tokeniseTurn({ instruction: '', response: '', marks: marksInFront(count) }, rules)
    return end - text
  }
  const { ids, end } = tokeniseTurn({ instruction: '', response: '', marks: marksInFront(0) }, rules)
  return {
    fixed: specials(0),
    perMark: specials(1) - specials(0),
    tail: ids.length - end,
    ends: rowEnds(rules.tokens),
  }
}

/**
 * Tokens of a turn, without what stands between it and the next.
 * @param marks `<image>` marks that stand in the row: none for a turn whose pictures are those of the turn before it
 * @param interleaved whether its marks stand at the positions of the pair
 */
export function turnLength(counts: TurnCounts, frame: TurnFrame, marks: number, interleaved = false): number {
  const text = marks === 0 ? counts.unmarked : interleaved ? counts.interleaved : counts.instruction
  return text + counts.response + frame.fixed + marks * frame.perMark
}

/** Tokens of a row of turns, ends included. @param turns tokens of each, by `turnLength` */
export function rowLength(turns: readonly number[], { ends, tail }: TurnFrame): number {
  return turns.reduce((sum, turn) => sum + turn, ends + tail * Math.max(0, turns.length - 1))
}
