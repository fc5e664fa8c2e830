// Attention with linear biases (ALiBi, Press et al. 2022): no positions in the hidden states; every head likes near keys
// better by a slope of its own.

/**
 * The slopes of the heads: 2^-(i * max / n), i from 1, for n heads if n is a power of two; else, of the list for the next
 * power of two, every second one, and then the others from the first on (MPT's rule).
 *
 * @param max Largest exponent, `alibi_bias_max`, 8 in MPT.
 */
export function alibiSlopes(heads: number, max: number): number[] {
  const n = 2 ** Math.ceil(Math.log2(heads))
  const all = Array.from({ length: n }, (_, i) => 2 ** (-((i + 1) * max) / n))
  if (n === heads) return all
  return [...all.filter((_, i) => i % 2 === 1), ...all.filter((_, i) => i % 2 === 0)].slice(0, heads)
}

/**
 * What is added to the scores of each head, [heads, places]: slope times the distance from the last key. Softmax sees
 * differences only, so the same numbers serve every query, and keys on the left edge may be padding.
 *
 * @param length keys that are there
 * @param places keys that there is room for; what stands for the others is of no use
 */
export function alibiBias(heads: number, length: number, max: number, places = length): Float32Array {
  const bias = new Float32Array(heads * places)
  alibiSlopes(heads, max).forEach((slope, head) => {
    for (let key = 0; key < places; key++) bias[head * places + key] = slope * (key + 1 - length)
  })
  return bias
}
