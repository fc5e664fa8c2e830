// What the survey of pairs puts on the disk comes back: notes of pairs, and their contexts as rows.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createContextRows } from '../../../src/import/survey/context-rows.js'
import { textHash } from '../../../src/import/survey/hash-table.js'
import { createPairNotes } from '../../../src/import/survey/pair-notes.js'
import { openScratch } from '../../../src/io/spill.js'
import { listValues } from '../../../src/shards/packed-column.js'
import { tempDir } from '../../support/temp-dir.js'

const dir = tempDir()
const id = fc.string({ unit: 'binary', maxLength: 300 })
const table = fc.constantFrom('rel_ins_ids', 'train', 'more', 'constructor')

describe('notes of pairs', () => {
  const pair = fc.record({
    id,
    source: fc.nat(65535),
    lists: fc.dictionary(table, fc.array(id, { maxLength: 40 }), { noNullPrototype: true }),
    usable: fc.boolean(),
  })

  test('give back what was noted, in any order of asking', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(pair, { maxLength: 30 }),
        fc.array(fc.nat(), { maxLength: 60 }),
        async (pairs, asked) => {
          const scratch = await openScratch(`${dir}/notes`, 'import')
          try {
            const notes = createPairNotes(scratch)
            for (const { id, source, lists, usable } of pairs) notes.add(id, source, lists, usable)
            expect(notes.count).toBe(pairs.length)
            for (const each of pairs.length === 0 ? [] : asked) {
              const n = each % pairs.length
              const { id, source, lists, usable } = pairs[n]!
              const noted: [string, string[]][] = []
              notes.visitLists(n, {
                list: (table) => noted.push([table, []]),
                id(high, low, place) {
                  const text = notes.textAt(place)
                  expect(textHash(text)).toEqual([high, low])
                  noted.at(-1)![1].push(text)
                  // Other texts are asked for meanwhile, the first of all too.
                  expect(notes.idOf(0)).toBe(pairs[0]!.id)
                },
              })
              expect(noted).toEqual(Object.entries(lists))
              expect([notes.idOf(n), notes.sourceOf(n), notes.isUsable(n)]).toEqual([id, source, usable])
              expect(notes.hashOf(n)).toEqual(textHash(id))
            }
          } finally {
            await scratch.remove()
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('contexts as rows', () => {
  const row = fc.nat(0x7ffffffe)
  const pair = fc.record({
    query: row,
    source: fc.nat(65535),
    lists: fc.uniqueArray(
      fc.tuple(table, fc.oneof(fc.array(row), fc.array(row, { minLength: 900, maxLength: 2000 }))),
      {
        selector: ([name]) => name,
      },
    ),
  })

  test('come back in the order of the pairs, as often as one asks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { maxLength: 12 }), async (pairs) => {
        const scratch = await openScratch(`${dir}/rows`, 'import')
        try {
          const contexts = createContextRows(scratch)
          for (const { query, source, lists } of pairs) {
            contexts.pair(query, source)
            for (const [name, rows] of lists) contexts.list(name, rows)
          }
          const all = () => [...contexts.all()].map(({ lists, ...rest }) => ({ ...rest, lists: [...lists] }))
          expect(all()).toEqual(pairs)
          for (const name of ['train', 'of nobody']) {
            const expected = pairs.map(({ query, lists }) => ({
              query,
              contexts: new Map<string, number[]>(lists).get(name) ?? [],
            }))
            const found = [...contexts.of(name)].flatMap(({ queries, contexts }) => {
              const lists = listValues(contexts)
              return queries.map((query, i) => ({ query, contexts: lists[i] }))
            })
            expect(found).toEqual(expected)
          }
          expect(all()).toEqual(pairs)
        } finally {
          await scratch.remove()
        }
      }),
      { numRuns: 25 },
    )
  })
})
