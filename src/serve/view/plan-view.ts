// The order of the loader from any step on: which samples stand in a step, with which contexts, and the state after it. It is
// the plan of the stream itself; no picture is read.

import type { LoaderState } from '../../loader/batch.js'
import { openContents } from '../../loader/contents.js'
import { prepare } from '../../loader/prepare.js'
import type { PlanView, SampleOptions } from '../wire.js'
import { shownSettings } from './loader-settings.js'
import type { ShownDataset } from './shown-dataset.js'

/** Which part of the order to show. */
export interface PlanOptions extends SampleOptions {
  readonly batchSize?: number | undefined
  readonly shuffle?: string | undefined
  /** The first step to show. @default 0 */
  readonly step?: number | undefined
  /** How many steps. @default 8 */
  readonly steps?: number | undefined
}

/**
 * Reads the order from a step on; a step behind the last of its epoch counts as that one.
 * @throws MimicitError as a stream of these options would
 */
export async function planView(
  { dataset, lines }: ShownDataset,
  tokenizer: string,
  { step = 0, steps = 8, batchSize = 8, shuffle = 'windowed', ...sample }: PlanOptions,
): Promise<PlanView> {
  const { epoch = 0 } = sample
  const fresh = shownSettings(dataset, sample, { tokenizer, batchSize, shuffle, epochs: epoch + 2 })
  const sources = [{ dataset, own: { source: dataset.location } }]
  const { facts } = await prepare(sources, fresh)
  const first = Math.min(step, Math.max(0, (facts.length ?? 1) - 1))
  const from: LoaderState = {
    v: 1,
    plan: facts.plan,
    epoch,
    step: first,
    seen: epoch * facts.samples + first * batchSize,
  }
  const prepared = await prepare(sources, { ...fresh, resume: from })
  const contents = openContents(prepared.sources, { turns: [], goOn: () => undefined })
  const shown: PlanView['steps'][number][] = []
  try {
    const means = { turns: [], goOn: () => undefined, planned: () => undefined }
    for await (const planned of prepared.steps(means)) {
      const all = planned.rows.flat()
      const made = await contents.of(planned.epoch, all)
      const ids = await lines(all.map((one) => one.row))
      shown.push({
        step: planned.step,
        samples: all.map(({ row }, i) => ({ row, id: ids[i]!.id, contexts: Array.from(made[i]!.contexts) })),
        after: planned.after,
      })
      if (shown.length >= steps || planned.after.epoch !== epoch) break
    }
  } finally {
    await contents.close()
  }
  return { plan: facts.plan, stepsPerEpoch: facts.length ?? null, samples: facts.samples, from, steps: shown }
}
