// One token out of its scores: the best, or a draw.
import type { RandomStream } from '../../base/random.js'

/** The index of the largest number; the first of equals. */
export function best(scores: Float32Array): number {
  let top = 0
  for (let i = 1; i < scores.length; i++) if ((scores[i] ?? 0) > (scores[top] ?? 0)) top = i
  return top
}

/** log softmax, in double precision. */
export function logProbabilities(scores: Float32Array): Float32Array {
  const top = scores[best(scores)] ?? 0
  let sum = 0
  for (const score of scores) sum += Math.exp(score - top)
  const shift = top + Math.log(sum)
  return scores.map((score) => score - shift)
}

/** How to draw. */
export interface Draw {
  /** Scores are divided by it. */
  readonly temperature: number
  /** Only the most likely tokens whose probabilities come to this much together; 1 for all. */
  readonly topP: number
}

/** Draws a token. */
export function sample(scores: Float32Array, { temperature, topP }: Draw, random: RandomStream): number {
  const logs = logProbabilities(scores.map((score) => score / temperature))
  const order = Uint32Array.from(logs.keys()).sort((a, b) => (logs[b] ?? 0) - (logs[a] ?? 0) || a - b)
  let kept = 0
  let mass = 0
  while (kept < order.length && mass < topP) mass += Math.exp(logs[order[kept++] ?? 0] ?? 0)
  let rest = random.float() * mass
  for (const token of order.subarray(0, kept)) {
    rest -= Math.exp(logs[token] ?? 0)
    if (rest < 0) return token
  }
  return order[kept - 1] ?? 0
}
