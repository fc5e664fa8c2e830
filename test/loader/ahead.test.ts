// Batches made ahead: the first one is handed out before anything else begins, the others are made while it is used.
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { inOrder } from '../../src/loader/ahead.js'
import type { StreamedBatch } from '../../src/loader/batch.js'
import type { ForeseenStep } from '../../src/loader/foresee.js'

const STEPS = 6
/** Of each batch, as `batchBytes` counts. */
const BYTES = 100

/** A stream of numbered steps; `begun` has those whose making has begun. */
function numbered(prefetchBytes: number) {
  const begun: number[] = []
  async function* steps() {
    for (let at = 0; at < STEPS; at++) yield { at } as unknown as ForeseenStep
  }
  const none = new Int32Array()
  const texts = { inputIds: none, attentionMask: none, labels: none, mediaMask: none }
  const batch = () => ({ ...texts, pixelValues: new Uint8Array(BYTES) }) as unknown as StreamedBatch
  const gather = async (step: ForeseenStep) => {
    begun.push((step as unknown as { at: number }).at)
    return { collate: batch }
  }
  const batches = inOrder({ steps: steps(), gather, prefetchBytes, signal: undefined, leave: async () => undefined })
  return { begun, batches }
}

test('nothing of a second batch is begun before the first one is handed out', async () => {
  const { begun, batches } = numbered(3 * BYTES)
  await batches.next()
  expect(begun).toEqual([0])
  await batches.return(undefined)
  expect(begun).toEqual([0])
})

test('others are made while the first one is used, though nobody asks for them', async () => {
  const { begun, batches } = numbered(3 * BYTES)
  await batches.next()
  for (let turn = 0; turn < 3; turn++) await setImmediate()
  expect(begun).toEqual([0, 1, 2, 3])
  await batches.return(undefined)
})

test.each([0, 3 * BYTES, 100 * BYTES])('every batch comes once with %i bytes ahead', async (prefetchBytes) => {
  const { begun, batches } = numbered(prefetchBytes)
  let given = 0
  for await (const _ of batches) given++
  expect(given).toBe(STEPS)
  expect(begun).toEqual([0, 1, 2, 3, 4, 5])
})
