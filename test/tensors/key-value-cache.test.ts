// What a token sees through the cache is what it would see if all keys and values were there at once: over the edge of the
// room, after rows have changed places, and with heads that serve several others; in place on wasm, by copies elsewhere.
import { beforeAll, describe, expect, test } from 'vitest'
import { attention, maskedScore } from '../../src/tensors/attention.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { KeyValueCache, takeFirst } from '../../src/tensors/key-value-cache.js'
import { tensorMemory } from '../../src/tensors/memory.js'
import type { Tensor, Tf } from '../../src/tensors/tf.js'
import { distance, normal } from './compare.js'

const [rows, heads, width] = [2, 4, 8]
const scale = width ** -0.5

describe.each(['wasm', 'cpu'] as const)('on %s', (name) => {
  let tf: Tf
  beforeAll(async () => {
    tf = (await chooseBackend(name)).tf
  })
  const tensor = (shape: number[], seed: number): Tensor => normal(tf, `seed ${seed}`, shape)
  /** Every head of the cache for each head that it serves. */
  const spread = (x: Tensor, times: number) =>
    tf.concat(
      tf.split(x, x.shape[1] ?? 1, 1).flatMap((head) => Array.from({ length: times }, () => head)),
      1,
    )

  test.each([1, 2, 4])('one token after the other, heads shared by %d', (times) => {
    const own = heads / times
    const before = tensorMemory(tf).tensors
    const cache = new KeyValueCache(tf)
    tf.tidy(() => {
      let keys = tensor([rows, own, 60, width], 1)
      let values = tensor([rows, own, 60, width], 2)
      cache.append(keys, values)
      for (let step = 0; step < 80; step++) {
        if (step === 5 || step === 70) {
          const from = Int32Array.of(1, 1)
          cache.reorder(from)
          ;[keys, values] = [takeFirst(tf, keys, from), takeFirst(tf, values, from)]
        }
        const [q, k, v] = [heads, own, own].map((n, i) => tensor([rows, n, 1, width], 100 * step + i))
        const places = cache.placesFor(1)
        cache.append(k as Tensor, v as Tensor)
        ;[keys, values] = [tf.concat([keys, k as Tensor], 2), tf.concat([values, v as Tensor], 2)]
        expect(cache.length).toBe(61 + step)
        expect(places - cache.length).toBeLessThan(name === 'wasm' ? 64 : 1)
        const hidden = Float32Array.from({ length: places }, (_, i) => (i < cache.length ? 0 : maskedScore))
        const mask = { scores: tf.tensor4d(hidden, [1, 1, 1, places]) }
        const seen = cache.attend(q as Tensor, scale, mask)
        const whole = attention(tf, q as Tensor, spread(keys, times), spread(values, times), scale)
        expect(distance(seen.dataSync(), whole.dataSync())).toBeLessThan(1e-6)
      }
    })
    cache.dispose()
    expect(tensorMemory(tf).tensors).toBe(before)
  })

  test('several tokens at once, and rows that become more', () => {
    const cache = new KeyValueCache(tf)
    tf.tidy(() => {
      const first = [1, 2].map((seed) => tensor([1, heads, 3, width], seed)) as [Tensor, Tensor]
      cache.append(...first)
      cache.reorder(Int32Array.of(0, 0))
      const [q, k, v] = [3, 4, 5].map((seed) => tensor([rows, heads, 4, width], seed)) as [Tensor, Tensor, Tensor]
      const places = cache.placesFor(4)
      cache.append(k, v)
      const hidden = Float32Array.from({ length: 4 * places }, (_, i) =>
        i % places > 3 + Math.floor(i / places) ? maskedScore : 0,
      )
      const seen = cache.attend(q, scale, { scores: tf.tensor4d(hidden, [1, 1, 4, places]) })
      const all = [k, v].map((x, i) => tf.concat([tf.tile(first[i] as Tensor, [rows, 1, 1, 1]), x], 2))
      const scores = tf.slice(tf.tensor4d(hidden, [1, 1, 4, places]), [0, 0, 0, 0], [1, 1, 4, 7])
      const whole = attention(tf, q, all[0] as Tensor, all[1] as Tensor, scale, { scores })
      expect(distance(seen.dataSync(), whole.dataSync())).toBeLessThan(1e-6)
    })
    cache.dispose()
  })

  test('what was handed in stays as it was', () => {
    const cache = new KeyValueCache(tf)
    tf.tidy(() => {
      const [k, v] = [1, 2].map((seed) => tensor([rows, heads, 2, width], seed)) as [Tensor, Tensor]
      const before = [...k.dataSync(), ...v.dataSync()]
      cache.append(k, v)
      cache.append(tensor([rows, heads, 1, width], 3), tensor([rows, heads, 1, width], 4))
      expect([...k.dataSync(), ...v.dataSync()]).toEqual(before)
    })
    cache.dispose()
  })
})
