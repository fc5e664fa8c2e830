// What is stored of a pair's turn by one tokenizer and template: counts and, where they are kept, ids.
import type { TurnVariants } from './lengths.js'
import type { TokenisedTurn } from './tokenise.js'

/** What a lengths table holds of a pair. */
export interface LengthsRow {
  /** Tokens of text in front of the response, with the marks in front. */
  readonly instruction: number
  /** Without marks; null where its tokens are those of `instruction`. */
  readonly unmarked: number | null
  /** With marks at the positions of the pair; null for a pair without positions. */
  readonly interleaved: number | null
  readonly response: number
  /** The ids of the whole turn with one mark, special tokens included; null where no ids are kept. */
  readonly ids: ArrayLike<number> | null
  /** Without marks; null where they are `ids` without the mark. */
  readonly unmarkedIds: ArrayLike<number> | null
  readonly interleavedIds: ArrayLike<number> | null
}

/**
 * The row of a tokenised pair.
 * @param image the id of the mark
 */
export function lengthsRow(
  { front, unmarked, interleaved }: TurnVariants,
  keepIds: boolean,
  image: number,
): LengthsRow {
  const response = front.close - front.answer
  const bare = isWithoutMark(front, unmarked, image)
  // Elsewhere the answer would be taken for as long as it is here; ids for which it is not are made anew when needed.
  const kept = (turn: TokenisedTurn | undefined) =>
    keepIds && turn !== undefined && turn.close - turn.answer === response ? turn.ids : null
  return {
    instruction: front.text - response,
    unmarked: bare ? null : unmarked.text - response,
    interleaved: interleaved === undefined ? null : interleaved.text - response,
    response,
    ids: kept(front),
    unmarkedIds: bare ? null : kept(unmarked),
    interleavedIds: kept(interleaved),
  }
}

/** Whether the ids of a turn without marks are those with one, and that mark gone. */
function isWithoutMark(front: TokenisedTurn, unmarked: TokenisedTurn, image: number): boolean {
  const mark = front.ids.indexOf(image)
  if (mark < 0) return front.ids.length === unmarked.ids.length
  if (front.ids.length !== unmarked.ids.length + 1) return false
  return unmarked.ids.every((id, i) => id === front.ids[i < mark ? i : i + 1])
}
