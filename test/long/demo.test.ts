// The demo as a newcomer runs it: everything is made, the loss falls, an answer is given.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('npm run demo', () => {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'demo'], { cwd: root, encoding: 'utf8' })
  expect(stderr.replace(/npm warn.*\n/g, '')).toBe('')
  expect(status).toBe(0)
  expect(stdout).toContain('no fault in 146 pairs and 16 pictures')
  const ratio = Number(/first \d\.\d+, final \d\.\d+ .*ratio (\d\.\d+)/.exec(stdout)?.[1])
  expect(ratio).toBeLessThan(0.45)
  expect(stdout).toMatch(/the model says: {2}\S/)
  for (const [, path = ''] of stdout.matchAll(/^ {3}(?:data set|checkpoint|loss curve|metrics) +(\S+)$/gm)) {
    expect(existsSync(`${root}/${path}`)).toBe(true)
  }
  expect(readFileSync(`${root}/out/demo/run/loss.svg`, 'utf8')).toMatch(/^<svg/)
})
