// What changes the scores of the next token before it is chosen: rules about the text so far. Each is a pure function, and a
// new one is one entry of `processorsOf`. Rules and names as in Hugging Face's generation.

/**
 * Changes the scores [V] of the next token of a row.
 * @param tokens all tokens of the row, prompt first
 */
export type ScoreProcessor = (scores: Float32Array, tokens: readonly number[]) => void

/** No `size` tokens in a row twice. */
export const noRepeatNgram =
  (size: number): ScoreProcessor =>
  (scores, tokens) => {
    const last = tokens.length - size + 1
    if (last < 0) return
    // What has followed the last size - 1 tokens before, must not follow them again.
    const end = tokens.slice(last)
    for (let start = 0; start < last; start++) {
      if (end.every((id, i) => tokens[start + i] === id))
        scores[tokens[start + size - 1] ?? -1] = Number.NEGATIVE_INFINITY
    }
  }

/** None of these runs of tokens. */
export const withoutRuns =
  (runs: readonly (readonly number[])[]): ScoreProcessor =>
  (scores, tokens) => {
    for (const run of runs) {
      const before = run.slice(0, -1)
      const at = tokens.length - before.length
      if (at >= 0 && before.every((id, i) => tokens[at + i] === id)) scores[run.at(-1) ?? -1] = Number.NEGATIVE_INFINITY
    }
  }

/** The rules of a generation. */
export interface ProcessorRules {
  readonly noRepeatNgramSize?: number
  readonly badWordsIds?: readonly (readonly number[])[]
}

/** The processors that some rules ask for. */
export function processorsOf({ noRepeatNgramSize = 0, badWordsIds = [] }: ProcessorRules): ScoreProcessor[] {
  return [
    ...(noRepeatNgramSize > 0 ? [noRepeatNgram(noRepeatNgramSize)] : []),
    ...(badWordsIds.length > 0 ? [withoutRuns(badWordsIds)] : []),
  ]
}
