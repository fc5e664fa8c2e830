// What a person sees while something long goes on: which step, how far, and how long that step still takes.
import { afterEach, expect, test, vi } from 'vitest'
import { progressBar } from '../../src/cli/progress-bar.js'

afterEach(() => {
  vi.useRealTimers()
})

function terminal(isTTY: boolean, loudness: 'normal' | 'quiet' | 'verbose' = 'normal') {
  const written: string[] = []
  const stream = { isTTY, columns: 120, write: (text: string) => written.push(text) > 0 }
  return { written, bar: progressBar(stream as unknown as NodeJS.WriteStream, loudness) }
}

test('tells the step, its share, and the time that is left of it once that can be said', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  vi.advanceTimersByTime(1000)
  const { written, bar } = terminal(true)
  bar.update({ stage: '1/4 reading pictures', done: 0, total: 4e6, unit: 'bytes' })
  expect(written.at(-1)).toContain('1/4 reading pictures 0 B of 4.00 MB')
  expect(written.at(-1)).not.toContain('left')
  vi.advanceTimersByTime(1200)
  bar.update({ stage: '1/4 reading pictures', done: 2e6, total: 4e6, unit: 'bytes' })
  expect(written.at(-1)).toMatch(/█{12}░{12} 1\/4 reading pictures 2.00 MB of 4.00 MB, 1.2 s left of this step/)
  // A new step begins anew: nothing is known of its pace.
  bar.update({ stage: '2/4 reading instructions', done: 1, total: 2, unit: 'bytes' })
  expect(written.at(-1)).not.toContain('left')
  bar.done()
  expect(written.at(-1)).toBe('\r\x1b[K')
})

test('shows nothing where nobody looks', () => {
  const { written, bar } = terminal(false)
  bar.update({ stage: 'x', done: 1, total: 2, unit: 'pairs' })
  bar.done()
  expect(written).toEqual([])
})

test('shows nothing on a terminal either where nothing is to be said', () => {
  const { written, bar } = terminal(true, 'quiet')
  bar.update({ stage: 'x', done: 1, total: 2, unit: 'pairs' })
  bar.done()
  expect(written).toEqual([])
})

test('tells stages as lines where much is to be said, how far they are every few seconds, and their time', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { written, bar } = terminal(false, 'verbose')
  bar.update({ stage: 'reading', done: 0, total: 4e6, unit: 'bytes' })
  bar.update({ stage: 'reading', done: 1e6, total: 4e6, unit: 'bytes' })
  vi.advanceTimersByTime(6000)
  bar.update({ stage: 'reading', done: 2e6, total: 4e6, unit: 'bytes' })
  bar.update({ stage: 'writing', done: 7, unit: 'pairs' })
  bar.done()
  bar.done()
  const lines = ['reading …', 'reading: 2.00 MB of 4.00 MB', 'reading: 2.00 MB of 4.00 MB, 6.0 s', 'writing …']
  expect(written.map((line) => line.trimEnd())).toEqual([...lines, expect.stringMatching(/^writing: 7 pairs, /)])
})
