// Beam search over the copies of one row: a pure step from log probabilities to the tokens that the beams take, and the
// finished texts it has seen. Rules as in Hugging Face's: more candidates than beams, a finished text counts only
// among the first of them, its score is its log probability over its length to the power of the length penalty.
import { logProbabilities } from './choose.js'
import type { ScoreProcessor } from './processors.js'

/** How to search. */
export interface BeamRules {
  readonly beams: number
  readonly lengthPenalty: number
  readonly stops: ReadonlySet<number>
  readonly processors: readonly ScoreProcessor[]
}

interface Text {
  readonly ids: readonly number[]
  readonly score: number
}

/** What every beam does next. */
export interface BeamStep {
  /** The token each beam takes. */
  readonly ids: readonly number[]
  /** The beam that each beam goes on from. */
  readonly from: readonly number[]
}

/** The search of one row. */
export class BeamSearch {
  readonly #rules: BeamRules
  readonly #prompt: readonly number[]
  #beams: readonly Text[]
  #finished: Text[] = []
  #done = false

  constructor(prompt: readonly number[], rules: BeamRules) {
    this.#rules = rules
    this.#prompt = prompt
    // All beams begin with the same prompt: only the first may have descendants at first.
    this.#beams = Array.from({ length: rules.beams }, (_, i) => ({
      ids: [],
      score: i === 0 ? 0 : Number.NEGATIVE_INFINITY,
    }))
  }

  /** Whether no beam can get better than what is finished. */
  get done(): boolean {
    return this.#done
  }

  /** @param logits scores [V] of the next token of every beam; they are changed */
  step(logits: readonly Float32Array[]): BeamStep {
    const { beams, stops, lengthPenalty } = this.#rules
    const candidates = this.#candidates(logits)
    const length = (this.#beams[0]?.ids.length ?? 0) + 1
    const next: (Text & { readonly from: number; readonly token: number })[] = []
    candidates.forEach(({ beam, token, score }, rank) => {
      const ids = this.#beams[beam]?.ids ?? []
      if (!stops.has(token)) {
        if (next.length < beams) next.push({ ids: [...ids, token], score, from: beam, token })
      } else if (rank < beams) this.#finish({ ids, score: score / length ** lengthPenalty })
    })
    this.#beams = next
    const attainable = (next[0]?.score ?? Number.NEGATIVE_INFINITY) / length ** lengthPenalty
    const worst = this.#finished.at(-1)?.score ?? Number.NEGATIVE_INFINITY
    this.#done = this.#finished.length >= beams && worst >= attainable
    return { ids: next.map(({ token }) => token), from: next.map(({ from }) => from) }
  }

  /** The best text, without its stop token. */
  result(): number[] {
    const { lengthPenalty } = this.#rules
    if (!this.#done)
      for (const { ids, score } of this.#beams) this.#finish({ ids, score: score / ids.length ** lengthPenalty })
    return [...(this.#finished[0]?.ids ?? [])]
  }

  #finish(text: Text): void {
    this.#finished.push(text)
    this.#finished.sort((a, b) => b.score - a.score)
    this.#finished.length = Math.min(this.#finished.length, this.#rules.beams)
  }

  /** The best continuations of all beams together, enough that as many as beams do not end, best first. */
  #candidates(logits: readonly Float32Array[]) {
    const wanted = Math.max(2, 1 + this.#rules.stops.size) * this.#rules.beams
    const found: { beam: number; token: number; score: number }[] = []
    logits.forEach((scores, beam) => {
      const so = this.#beams[beam]
      if (so === undefined || so.score === Number.NEGATIVE_INFINITY) return
      const logs = logProbabilities(scores)
      for (const process of this.#rules.processors) process(logs, [...this.#prompt, ...so.ids])
      for (let token = 0; token < logs.length; token++) {
        const score = so.score + (logs[token] ?? 0)
        const worst = found[wanted - 1]
        if (worst !== undefined && score <= worst.score) continue
        let at = found.length
        while (at > 0 && (found[at - 1]?.score ?? 0) < score) at--
        found.splice(at, 0, { beam, token, score })
        if (found.length > wanted) found.pop()
      }
    })
    return found
  }
}
