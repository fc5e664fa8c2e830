import { expect, test } from 'vitest'
import { IssueLog } from '../../src/base/issues.js'
import { faultOf } from '../support/fault.js'

const issue = (code: 'MIMICIT_BAD_RECORD' | 'MIMICIT_ORPHAN_MEDIA', level: 'error' | 'warning', n: number) => ({
  code,
  level,
  where: `row ${n}`,
  message: `wrong ${n}`,
})

test('counts exactly and keeps the first examples only', () => {
  const log = new IssueLog(2)
  for (let n = 0; n < 1000; n++) log.add(issue('MIMICIT_BAD_RECORD', 'error', n))
  log.add(issue('MIMICIT_ORPHAN_MEDIA', 'warning', 7))
  expect([log.count(), log.count('error'), log.count('warning')]).toEqual([1001, 1000, 1])
  const [first, second] = log.summary()
  expect(first).toMatchObject({ code: 'MIMICIT_BAD_RECORD', count: 1000, level: 'error' })
  expect(first!.examples.map((example) => example.where)).toEqual(['row 0', 'row 1'])
  expect(second).toMatchObject({ code: 'MIMICIT_ORPHAN_MEDIA', count: 1 })
})

test('warnings throw nothing; errors throw their most frequent kind with examples and the rest as counts', async () => {
  const log = new IssueLog()
  for (let n = 0; n < 9; n++) log.add(issue('MIMICIT_ORPHAN_MEDIA', 'warning', n))
  log.throwIfErrors('a.json', 'Mend it.')
  log.add(issue('MIMICIT_BAD_RECORD', 'error', 1))
  const fault = await faultOf(() => log.throwIfErrors('a.json', 'Mend it.'))
  expect(fault.code).toBe('MIMICIT_BAD_RECORD')
  expect(fault.message).toBe(
    'Expected data without faults for a.json but received 1 fault MIMICIT_BAD_RECORD (row 1: wrong 1). Mend it.',
  )
  log.add(issue('MIMICIT_ORPHAN_MEDIA', 'error', 9))
  expect((await faultOf(() => log.throwIfErrors('a.json', ''))).message).toContain('also 1 MIMICIT_BAD_RECORD')
})

test('an error is told by itself where others of its code are warnings, however many of them came first', async () => {
  const log = new IssueLog()
  for (let n = 0; n < 20; n++) log.add(issue('MIMICIT_BAD_RECORD', 'warning', n))
  log.add(issue('MIMICIT_BAD_RECORD', 'error', 77))
  const fault = await faultOf(() => log.throwIfErrors('a.json', 'Mend it.'))
  expect(fault.message).toContain('received 1 fault MIMICIT_BAD_RECORD (row 77: wrong 77)')
})
