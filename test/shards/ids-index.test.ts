// Ids collected for an index: more than stay in memory come out as they would have.
import { describe, expect, it } from 'vitest'
import { collectIds } from '../../src/shards/ids-index.js'
import { tempDir } from '../support/temp-dir.js'

describe('collected ids', () => {
  it('are sorted in the same way in memory and on the disk', () => {
    const [near, far] = [collectIds(), collectIds(tempDir(), 10_000)]
    for (let i = 0; i < 45_000; i++) {
      // Some ids come again, with other rows.
      const id = `E4D_INS_${i % 40_000}`
      near.add(id, i)
      far.add(id, i)
    }
    const expected = Buffer.concat([...near.records()])
    expect(expected.byteLength).toBe(12 * 45_000)
    expect(Buffer.concat([...far.records()]).equals(expected)).toBe(true)
  })

  it.each([0, 7, 9_000, 40_000, 45_000])(
    'are the same when %i of them were closed early, and whatever their rows',
    (count) => {
      const [open, closed] = [collectIds(), collectIds(tempDir(), 20_000)]
      for (let i = 0; i < count; i++) {
        // As pictures with several ids have them, and as nobody does.
        const row = i % 11 === 0 ? count - i : i
        open.add(`LA_IMG_${i}`, row)
        closed.add(`LA_IMG_${i}`, row)
      }
      closed.close()
      closed.close()
      expect(Buffer.concat([...closed.records()]).equals(Buffer.concat([...open.records()]))).toBe(true)
    },
  )
})
