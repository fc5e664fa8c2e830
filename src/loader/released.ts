// Batches whose memory was given back, told where somebody wants their pixels.
import { MimicitError } from '../base/errors.js'
import type { Batch } from './batch.js'

/**
 * Refuses a batch whose pixels were given back.
 * @param use what wants them
 * @throws MimicitError MIMICIT_BAD_VALUE
 */
export function checkPixels({ shape: { B, T, F }, pixelValues }: Batch, use: string): void {
  if (pixelValues.length > 0 || B * T * F === 0) return
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'a batch with its pixels',
    where: `${use} of a batch`,
    received: 'one whose memory was given back',
    hint: 'Call release() after the last use of the pixels.',
  })
}
