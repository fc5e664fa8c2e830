// The names of the pictures of Hugging Face rows: what the pairs are told, without their pictures, is what the pictures are
// called, and one name is one content.
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readMediaNames } from '../../src/import/hf/media-names.js'
import type { HfImage } from '../../src/import/hf/rows.js'
import { openScratch } from '../../src/io/spill.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()

const image: fc.Arbitrary<HfImage> = fc.oneof(
  fc.record({ kind: fc.constant('id' as const), id: fc.string({ minLength: 1 }) }),
  fc.record({
    kind: fc.constant('bytes' as const),
    bytes: fc.constantFrom(1, 2).map((n) => Uint8Array.of(n)),
    path: fc.option(fc.constantFrom('a.png', 'deep/a.jpg', 'b.png', 'c', '.png'), { nil: undefined }),
  }),
)

test('every row gets the ids of its pictures, in the order of the rows, as often as they are asked for', async () => {
  const scratch = await openScratch(join(root, 'out'), 'test')
  let made = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(image, { maxLength: 3 }), { maxLength: 8 }), async (rows) => {
      const names = await readMediaNames(
        (async function* () {
          yield* rows
        })(),
        scratch.spill(`names-${made++}`),
      )
      const expected = rows.map((images, i) => images.map((each, n) => names.idOf(`row${i}`, each, n)))
      for (let pass = 0; pass < 2; pass++) {
        const next = names.inOrder()
        expect(rows.map((_, i) => next(`row${i}`))).toEqual(expected)
      }
      const contents = new Map<string, number>()
      rows.forEach((images, i) => {
        images.forEach((each, n) => {
          if (each.kind === 'id') {
            expect(expected[i]![n]).toBe(each.id)
            return
          }
          const id = `file ${expected[i]![n]}`
          expect(contents.get(id) ?? each.bytes[0]).toBe(each.bytes[0])
          contents.set(id, each.bytes[0]!)
        })
      })
    }),
    { numRuns: 60 },
  )
  await scratch.remove()
})
