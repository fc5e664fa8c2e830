// What a person sees while something long goes on: which step, how far, and how long that step still takes.
import { afterEach, expect, test, vi } from 'vitest'
import { progressBar } from '../../src/cli/progress-bar.js'

afterEach(() => {
  vi.useRealTimers()
})

function terminal(isTTY: boolean) {
  const written: string[] = []
  const stream = { isTTY, columns: 120, write: (text: string) => written.push(text) > 0 }
  return { written, bar: progressBar(stream as unknown as NodeJS.WriteStream) }
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
