import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byteBudget } from '../../src/base/byte-budget.js'

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('what is under way never exceeds the limit, but for a piece alone, and everybody has his turn in order', async () => {
  const pieces = fc.array(fc.nat(150), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(pieces, fc.array(fc.nat(29)), async (sizes, returns) => {
      const budget = byteBudget(100)
      const held: { readonly at: number; readonly give: () => void }[] = []
      const order: number[] = []
      sizes.forEach((bytes, at) => {
        void budget.take(bytes).then((give) => {
          order.push(at)
          held.push({ at, give })
        })
      })
      for (let turn = 0; turn < sizes.length + 1; turn++) {
        await settle()
        const bytes = held.reduce((sum, { at }) => sum + sizes[at]!, 0)
        expect(bytes <= 100 || held.filter(({ at }) => sizes[at]! > 0).length === 1).toBe(true)
        if (held.length > 0) held.splice((returns[turn] ?? 0) % held.length, 1)[0]!.give()
      }
      await settle()
      expect(order).toEqual(sizes.map((_, at) => at))
    }),
    { numRuns: 100 },
  )
})
