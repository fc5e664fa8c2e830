// Decoding spread over threads: the same pixels and the same errors as in one, in the order asked, and no thread is left.
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { createPictureDecoder, type PictureDecoder, type PictureDecoderOptions } from '../../src/vision/decoder.js'
import { createDecoderThreads, type DecoderSpread } from '../../src/vision/decoder-threads.js'
import { threads } from '../loader/batches.js'
import { faultOf } from '../support/fault.js'
import { sourceImages } from '../support/fixtures.js'

const options = { size: 48, transform: 'squash' } as const
const jpegs = sourceImages.map(([, bytes]) => bytes)
/** A copy each, since bytes are handed over. */
const picture = (i: number) => new Uint8Array(jpegs[i % jpegs.length]!)

const before = threads()
let decoder: PictureDecoder | undefined
/** One decoder over threads, which end with it. */
function createThreadedDecoder(
  options: PictureDecoderOptions,
  spread: DecoderSpread,
  onDecoded?: (ms: number) => void,
): PictureDecoder {
  const pool = createDecoderThreads(spread)
  return { ...pool.decoder(options, onDecoded), close: () => pool.close() }
}
afterEach(async () => {
  await decoder?.close()
  expect(threads()).toBe(before)
})

/** Decodes so many pictures that threads have long taken over, and tells which of them were decoded elsewhere. */
async function many(given: PictureDecoder, count: number): Promise<{ pixels: Buffer[]; handedOver: number }> {
  const pixels: Buffer[] = []
  let handedOver = 0
  while (pixels.length < count) {
    const bytes = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => picture(pixels.length + i))
    const made = await Promise.all(bytes.map((one, i) => given.decode(one, `picture ${pixels.length + i}`)))
    handedOver += bytes.filter(({ byteLength }) => byteLength === 0).length
    pixels.push(...made.map((one) => Buffer.from(one)))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { pixels, handedOver }
}

test.each([0, 1, 3])('%i threads give the pixels of one', async (count) => {
  const plain = createPictureDecoder(options)
  const expected = await Promise.all(jpegs.map((_, i) => plain.decode(picture(i), 'it')))
  const seen = { times: 0 }
  decoder = createThreadedDecoder(options, { threads: count, concurrency: 2 }, (ms) => {
    expect(ms).toBeGreaterThan(0)
    seen.times++
  })
  expect(decoder.fingerprint).toBe(plain.fingerprint)
  let all: Buffer[] = []
  let elsewhere = 0
  // Threads take their time to start; how long is the machine's affair.
  do {
    const { pixels, handedOver } = await many(decoder, 64)
    elsewhere += handedOver
    all = pixels
    for (const [i, one] of pixels.entries()) expect(one.equals(expected[i % jpegs.length]!)).toBe(true)
  } while (count > 0 && elsewhere < 32)
  expect(all.length).toBe(64)
  expect(seen.times).toBeGreaterThanOrEqual(64)
  if (count === 0) expect(elsewhere).toBe(0)
})

test('what cannot be decoded is told with its name, by whichever thread', async () => {
  decoder = createThreadedDecoder(options, { threads: 1, concurrency: 1 })
  for (;;) {
    const { handedOver } = await many(decoder, 48)
    const fault = await faultOf(decoder.decode(new Uint8Array(picture(0).subarray(0, 5000)), 'the cut one'))
    expect(fault.code).toBe('MIMICIT_BAD_PICTURE')
    expect(fault.message).toContain('the cut one')
    // The next ones are not disturbed.
    expect((await decoder.decode(picture(1), 'a sound one')).byteLength).toBe(48 * 48 * 3)
    if (handedOver > 0) return
  }
})

test('closed at work, everything that waits fails at once', async () => {
  decoder = createThreadedDecoder(options, { threads: 2, concurrency: 1 })
  while ((await many(decoder, 48)).handedOver === 0);
  const given = decoder
  const waiting = Array.from({ length: 200 }, (_, i) => given.decode(picture(i), `picture ${i}`))
  const ends = Promise.allSettled(waiting)
  await given.close()
  const failed = (await ends).filter(({ status }) => status === 'rejected')
  // At most those that the threads had before them are finished.
  expect(failed.length).toBeGreaterThanOrEqual(200 - 2 * 8)
  for (const end of failed) expect((end as PromiseRejectedResult).reason.code).toBe('MIMICIT_ABORTED')
  expect((await faultOf(given.decode(picture(0), 'too late'))).code).toBe('MIMICIT_ABORTED')
})

test('threads take over what waits, however much was asked for before they had started', async () => {
  const pool = createDecoderThreads({ threads: 2, concurrency: 1 })
  pool.start()
  const given = pool.decoder({ ...options, size: 448 })
  const bytes: Uint8Array[] = []
  const pixels: Promise<Uint8Array>[] = []
  const ask = () => {
    bytes.push(picture(bytes.length))
    pixels.push(given.decode(bytes.at(-1)!, `picture ${bytes.length - 1}`))
  }
  while (bytes.length < 200) ask()
  // Handed over is what a thread took. As many wait as before until it has started, which takes what it takes.
  for (let i = 0; !bytes.some(({ byteLength }) => byteLength === 0); i++) {
    await pixels[i]
    ask()
  }
  await Promise.all(pixels)
  const alone = createPictureDecoder({ ...options, size: 448 })
  for (const i of [0, 1, pixels.length - 1]) {
    expect(Buffer.compare(await pixels[i]!, await alone.decode(picture(i), 'it'))).toBe(0)
  }
  await pool.close()
})

test('one thread of several starts when those of a first batch are decoded', async () => {
  let started = 0
  const count = () => started++
  process.on('worker', count)
  const pool = createDecoderThreads({ threads: 3, concurrency: 1 })
  pool.start()
  // The process tells of a thread in the next turn.
  await setImmediate()
  expect(started).toBe(2)
  const given = pool.decoder(options)
  let handedOver = 0
  for (let i = 0; started < 3; i++) {
    expect(handedOver).toBeLessThan(32)
    const bytes = picture(i)
    await given.decode(bytes, `picture ${i}`)
    if (bytes.byteLength === 0) handedOver++
    await setImmediate()
  }
  expect(handedOver).toBe(32)
  await pool.close()
  const single = createDecoderThreads({ threads: 1, concurrency: 1 })
  single.start()
  await setImmediate()
  expect(started).toBe(4)
  await single.close()
  process.off('worker', count)
})

test('closed while its threads start', async () => {
  decoder = createThreadedDecoder(options, { threads: 2, concurrency: 2 })
  await Promise.all(Array.from({ length: 40 }, (_, i) => decoder!.decode(picture(i), 'it')))
  await decoder.close()
})

test('decoders of several sizes share the threads', async () => {
  const pool = createDecoderThreads({ threads: 2, concurrency: 2 })
  const sizes = [16, 24, 48]
  const shared = sizes.map((size) => pool.decoder({ ...options, size }))
  const alone = sizes.map((size) => createPictureDecoder({ ...options, size }))
  let handedOver = 0
  while (handedOver < 12) {
    const bytes = sizes.map(() => picture(2))
    const pixels = await Promise.all(shared.map((one, i) => one.decode(bytes[i]!, 'it')))
    for (const [i, one] of alone.entries()) {
      expect(Buffer.compare(pixels[i]!, await one.decode(picture(2), 'it'))).toBe(0)
    }
    handedOver += bytes.filter(({ byteLength }) => byteLength === 0).length
  }
  await pool.close()
})
