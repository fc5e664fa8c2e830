import { setMaxListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPace, type PaceOptions, type Turn } from '../../src/llm/pace.js'
import { testClock } from '../support/test-clock.js'

const never = new AbortController().signal
setMaxListeners(0, never)
const answered = { kind: 'answered', tokens: 1 } as const
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Calls that wait at a pace, with preparations that end when the test says so. */
function line(options: PaceOptions, signal = never) {
  const pace = createPace({ clock: testClock(), ...options })
  const prepared: number[] = []
  const ends = new Map<number, { done(): void; fail(error: Error): void }>()
  const turns = new Map<number, Turn>()
  const failed = new Map<number, unknown>()
  let count = 0
  return {
    ...{ pace, prepared, ends, turns, failed },
    join(isRetry = false) {
      const number = count++
      const prepare = () => {
        prepared.push(number)
        return new Promise<void>((resolve, reject) => ends.set(number, { done: resolve, fail: reject }))
      }
      pace.take({ tokens: 1, isRetry, prepare }, signal).then(
        (turn) => turns.set(number, turn),
        (error) => failed.set(number, error),
      )
    },
  }
}

describe('a call', () => {
  it('is prepared before there is room for it, and goes out as soon as there is', async () => {
    const { join, prepared, ends, turns } = line({ concurrency: 1 })
    for (let i = 0; i < 5; i++) join()
    ends.get(0)!.done()
    await settled()
    expect([...turns.keys()]).toEqual([0])
    // One ahead, and no more: a kill would make each of them one that may have been sent.
    expect(prepared).toEqual([0, 1])
    ends.get(1)!.done()
    await settled()
    expect([...turns.keys()]).toEqual([0])
    turns.get(0)!.end(answered)
    await settled()
    expect([...turns.keys()]).toEqual([0, 1])
    expect(prepared).toEqual([0, 1, 2])
  })

  it('is not prepared long before a rate lets it go', async () => {
    const { join, prepared, ends, turns } = line({ requestsPerMinute: 60 })
    for (let i = 0; i < 5; i++) join()
    ends.get(0)!.done()
    await settled()
    expect([...turns.keys()]).toEqual([0])
    expect(prepared).toEqual([0])
  })

  it('whose preparation takes long does not hold up those behind it', async () => {
    const { join, ends, turns } = line({ concurrency: 1 })
    for (let i = 0; i < 2; i++) join()
    await settled()
    expect(ends.size).toBe(1)
    const wide = line({ concurrency: 8 })
    for (let i = 0; i < 3; i++) wide.join()
    wide.ends.get(2)!.done()
    wide.ends.get(1)!.done()
    await settled()
    expect([...wide.turns.keys()]).toEqual([2, 1])
    expect(turns.size).toBe(0)
  })

  it('that cannot be prepared is told, and the next ones go', async () => {
    const { join, ends, turns, failed } = line({ concurrency: 1 })
    for (let i = 0; i < 3; i++) join()
    ends.get(0)!.fail(new Error('no money'))
    await settled()
    expect(failed.get(0)).toMatchObject({ message: 'no money' })
    ends.get(1)!.done()
    await settled()
    expect([...turns.keys()]).toEqual([1])
  })

  it('that is stopped while it is prepared ends when that has ended', async () => {
    const stop = new AbortController()
    const { join, ends, turns, failed } = line({ concurrency: 1 }, stop.signal)
    for (let i = 0; i < 3; i++) join()
    stop.abort(new Error('stopped'))
    await settled()
    expect([...failed.keys()]).toEqual([1, 2])
    ends.get(0)!.done()
    await settled()
    expect(failed.get(0)).toMatchObject({ message: 'stopped' })
    expect(turns.size).toBe(0)
  })

  it('that is tried again goes first', async () => {
    const { join, ends, turns } = line({ concurrency: 1 })
    for (let i = 0; i < 3; i++) join()
    ends.get(0)!.done()
    await settled()
    join(true)
    ends.get(1)!.done()
    ends.get(3)?.done()
    await settled()
    turns.get(0)!.end({ kind: 'failed' })
    await settled()
    ends.get(3)!.done()
    await settled()
    expect([...turns.keys()].slice(0, 2)).toContain(3)
  })
})

describe('a pace', () => {
  it('never has more under way than it may, loses nobody, and prepares few ahead', async () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('join' as const), isRetry: fc.boolean() }),
      fc.record({ kind: fc.constantFrom('ready' as const, 'fail' as const, 'end' as const), which: fc.nat() }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        async (events, concurrency) => {
          const { join, prepared, ends, turns, failed } = line({ concurrency })
          const ended = new Set<number>()
          const readied = new Set<number>()
          let joined = 0
          const waitingPrepared = () => prepared.filter((n) => !turns.has(n) && !failed.has(n))
          const check = () => {
            expect(turns.size - ended.size).toBeLessThanOrEqual(concurrency)
            // Retries that come in front may add to those that were prepared already.
            for (const n of turns.keys()) expect(readied.has(n)).toBe(true)
          }
          for (const it of events) {
            if (it.kind === 'join') {
              join(it.isRetry)
              joined++
            } else if (it.kind === 'end') {
              const open = [...turns.keys()].filter((n) => !ended.has(n))
              const n = open[it.which % Math.max(1, open.length)]
              if (n !== undefined) {
                ended.add(n)
                turns.get(n)!.end(answered)
              }
            } else {
              const open = waitingPrepared().filter((n) => !readied.has(n))
              const n = open[it.which % Math.max(1, open.length)]
              if (n !== undefined) {
                readied.add(n)
                if (it.kind === 'ready') ends.get(n)!.done()
                else ends.get(n)!.fail(new Error('no'))
              }
            }
            await settled()
            check()
          }
          // Whatever is left comes to its end.
          for (let i = 0; turns.size + failed.size < joined; i++) {
            expect(i).toBeLessThan(200)
            for (const n of waitingPrepared()) {
              readied.add(n)
              ends.get(n)!.done()
            }
            await settled()
            for (const [n, turn] of turns) {
              if (ended.has(n)) continue
              ended.add(n)
              turn.end(answered)
            }
            await settled()
            check()
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})
