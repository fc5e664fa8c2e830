// Where media slots stand in their samples.
import type { Batch } from '../loader/batch.js'

/** Which media slot of its sample each slot is, from 0, [B*T]: the numbers begin anew with each sample of a packed row. */
export function slotPlaces({ shape: { B, T }, mediaSegments }: Pick<Batch, 'shape' | 'mediaSegments'>): Int32Array {
  const places = new Int32Array(B * T)
  for (let slot = 0; slot < places.length; slot++) {
    const segment = mediaSegments?.[slot]
    const first = slot % T === 0 || segment !== mediaSegments?.[slot - 1]
    // Slots behind the last sample of a packed row are padding that nobody looks at.
    places[slot] = first || segment === 0 ? 0 : places[slot - 1]! + 1
  }
  return places
}
