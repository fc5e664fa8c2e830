import { afterEach, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/io/http/clock.js'

afterEach(() => vi.restoreAllMocks())

it('never goes back, whoever sets the clock of the machine', () => {
  const before = systemClock.now()
  expect(Math.abs(before - Date.now())).toBeLessThan(86_400_000)
  vi.spyOn(Date, 'now').mockReturnValue(before - 3_600_000)
  expect(systemClock.now()).toBeGreaterThanOrEqual(before)
})

it('waits for longer than timers can', async () => {
  const stop = new AbortController()
  let isOver = false
  const callOff = systemClock.after(1e10, () => {
    isOver = true
  })
  const wait = systemClock.wait(1e10, stop.signal).then(() => {
    isOver = true
  })
  await systemClock.wait(20, stop.signal)
  expect(isOver).toBe(false)
  callOff()
  stop.abort()
  await expect(wait).rejects.toThrow()
})
