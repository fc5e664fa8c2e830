// Compares our model with the numbers of a golden folder. The tolerances are those that came with the numbers; who changes
// one says why.
import { generate } from '../src/otter/generate.js'
import type { Otter } from '../src/otter/model.js'
import { textTime } from '../src/otter/text-time.js'
import type { Tensor, Tf } from '../src/tensors/tf.js'
import { AdamW, globalNorm } from '../src/train/adamw.js'
import { decayRules } from '../src/train/decay.js'
import { type GoldenFolder, goldenBatch, goldenModel, goldenPrompt, goldenValues } from './folder.js'

/** One comparison. It holds while `difference <= tolerance`. */
export interface Check {
  readonly what: string
  readonly difference: number
  readonly tolerance: number
}

/** Largest absolute difference; infinite when the sizes differ or a value is not a number. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let worst = 0
  for (let i = 0; i < a.length; i++) {
    const gap = Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN))
    if (!(gap <= worst)) worst = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap
  }
  return worst
}

const norm = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0))
/** 0 where two lists hold the same, 1 where not. */
const unequal = (a: unknown, b: unknown) => (JSON.stringify(a) === JSON.stringify(b) ? 0 : 1)
const read = async (tensor: Tensor | undefined) => (await tensor?.data()) as Float32Array

/** Everything a forward pass computes, the loss and every gradient. */
async function* forward(tf: Tf, model: Otter, folder: GoldenFolder): AsyncGenerator<Check> {
  const { io } = folder
  const batch = goldenBatch(io)
  const real = (values: Float32Array) => {
    const width = values.length / batch.attentionMask.length
    return values.filter((_, i) => batch.attentionMask[Math.floor(i / width)] === 1)
  }
  const { time } = textTime(batch.inputIds, batch.shape.B, model.config)
  yield { what: 'text_time', difference: distance(time, goldenValues(io, 'text_time')), tolerance: 0 }
  const output = model.forward(batch)
  for (const [what, tensor] of [
    ['visual_tokens', output.visualTokens],
    ['perceiver_out', output.latents],
  ] as const) {
    yield { what, difference: distance(await read(tensor), goldenValues(io, what)), tolerance: 5e-5 }
  }
  for (const [i, hidden] of output.hidden.entries()) {
    const what = `hidden.${i}`
    yield { what, difference: distance(real(await read(hidden)), real(goldenValues(io, what))), tolerance: 2e-4 }
  }
  const logits = distance(real(await read(output.logits)), real(goldenValues(io, 'logits')))
  yield { what: 'logits', difference: logits, tolerance: 2e-4 }
  tf.dispose([output.logits, ...output.hidden, output.visualTokens, output.latents].filter((x) => x !== undefined))

  const { loss, gradients } = model.lossAndGradients(batch)
  const value = (await read(loss))[0] ?? Number.NaN
  loss.dispose()
  yield { what: 'loss', difference: Math.abs(value - (goldenValues(io, 'loss')[0] ?? 0)), tolerance: 2e-5 }
  const named = [...io.keys()].filter((key) => key.startsWith('grad.')).map((key) => key.slice('grad.'.length))
  const differ = unequal([...gradients.keys()].sort(), named.sort())
  yield { what: 'names of the gradients', difference: differ, tolerance: 0 }
  const total = goldenValues(io, 'grad_norm')[0] ?? 0
  for (const [name, tensor] of gradients) {
    const actual = await read(tensor)
    const expected = goldenValues(io, `grad.${name}`)
    const gap = norm(actual.map((v, i) => v - (expected[i] ?? Number.NaN)))
    yield { what: `grad.${name}`, difference: gap, tolerance: 1e-3 * norm(expected) + 1e-6 * total }
  }
  yield { what: 'grad_norm', difference: Math.abs((await globalNorm(tf, gradients)) / total - 1), tolerance: 1e-5 }
  tf.dispose([...gradients.values()])
}

/** Optimiser steps on the same batch. */
async function* training(model: Otter, { io, training: golden }: GoldenFolder): AsyncGenerator<Check> {
  const { lr, weight_decay, clip_grad_norm } = golden.optimizer
  const { otter } = decayRules
  const decay = unequal([golden.decayed.every(otter), golden.not_decayed.some(otter)], [true, false])
  yield { what: 'which tensors decay', difference: decay, tolerance: 0 }
  const batch = goldenBatch(io)
  const optimizer = new AdamW({ weightDecay: weight_decay, clipNorm: clip_grad_norm })
  for (const [step, expected] of golden.losses.entries()) {
    const result = model.lossAndGradients(batch)
    const loss = (await read(result.loss))[0] ?? Number.NaN
    result.loss.dispose()
    const { gradients } = result
    const length = await globalNorm(model.tf, gradients)
    yield { what: `step ${step + 1}: loss`, difference: Math.abs(loss - expected), tolerance: 1e-4 }
    const gap = Math.abs(length / (golden.grad_norms[step] ?? 0) - 1)
    yield { what: `step ${step + 1}: grad norm`, difference: gap, tolerance: 5e-4 }
    await optimizer.update(model, gradients, length, lr)
    model.tf.dispose([...gradients.values()])
  }
  optimizer.dispose()
  const last = model.loss(batch)
  const after = Math.abs(((await read(last))[0] ?? Number.NaN) - golden.loss_after_last_step)
  last.dispose()
  yield { what: 'loss after the last step', difference: after, tolerance: 1e-4 }
  const sums = Object.entries(golden.checksums_after_last_step)
  const differ = unequal(sums.map(([name]) => name).sort(), model.trainableNames)
  yield { what: 'names of the trained tensors', difference: differ, tolerance: 0 }
  for (const [name, { sum, abs_sum }] of sums) {
    const values = await read(model.parameters.get(name))
    const plain = values.reduce((a, b) => a + b, 0)
    const absolute = values.reduce((a, b) => a + Math.abs(b), 0)
    yield { what: `sum of ${name}`, difference: Math.abs(plain - sum), tolerance: 2e-3 + 2e-5 * abs_sum }
    yield { what: `abs_sum of ${name}`, difference: Math.abs(absolute - abs_sum), tolerance: 1e-4 * abs_sum }
  }
}

/** Greedy generation with the cache. */
async function* generation(model: Otter, folder: GoldenFolder): AsyncGenerator<Check> {
  const { new_ids, steps, blind } = folder.generation
  const logits: Tensor[] = []
  const ids = await generate({
    model,
    input: goldenPrompt(folder),
    maxNewTokens: steps.length,
    stopIds: [],
    onLogits: (step) => logits.push(step.clone()),
  })
  yield { what: 'generated ids', difference: unequal(ids, new_ids), tolerance: 0 }
  const forgotten = unequal(new_ids, blind.new_ids) === 1 && unequal(ids, blind.new_ids) === 0
  yield { what: 'ids of a cache that forgets the picture', difference: forgotten ? 1 : 0, tolerance: 0 }
  for (const [i, { top_ids, top_logits }] of steps.entries()) {
    const values = await read(logits[i])
    logits[i]?.dispose()
    const width = values.length / top_ids.length
    const ours = top_ids.flatMap((row, r) => row.map((id) => values[r * width + id] ?? Number.NaN))
    yield { what: `top logits of step ${i + 1}`, difference: distance(ours, top_logits.flat()), tolerance: 2e-4 }
  }
}

/**
 * All comparisons of a folder, one after the other.
 * @throws MIMICIT_BAD_CONFIG, MIMICIT_BAD_WEIGHTS for a folder that does not hold a model
 */
export async function* checkFolder(tf: Tf, folder: GoldenFolder): AsyncGenerator<Check> {
  const model = goldenModel(tf, folder)
  try {
    yield* forward(tf, model, folder)
    yield* generation(model, folder)
    // Last, because it changes the weights.
    yield* training(model, folder)
  } finally {
    model.dispose()
  }
}
