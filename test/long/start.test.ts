// docs/start.md as a new user follows it: every block of shell is run as it stands, in a copy of what a clone has, from one's
// own pictures to batches, the viewer and a trained model. Only the installation is that of this clone.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshDist, ROOT } from '../fresh-dist.js'
import { tempDir } from '../support/temp-dir.js'

const clone = tempDir()
const text = readFileSync(join(ROOT, 'docs', 'start.md'), 'utf8')
const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code)

test('start.md leads from pictures to batches, the viewer and a model', async () => {
  freshDist()
  for (const name of ['package.json', 'dist', 'docs', 'schema'])
    cpSync(join(ROOT, name), join(clone, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
  // `npx` finds the program of the clone itself.
  const env = { ...process.env, PATH: `${join(ROOT, 'test', 'support', 'bin')}:${process.env.PATH}` }
  const said: string[] = []
  for (const code of blocks) {
    if (/^npm ci/.test(code)) continue
    if (/mimicit view/.test(code)) {
      expect(await viewed(code.replace(/mimicit view \S+/, '$& --no-open'))).toBe(200)
      continue
    }
    const { status, stdout, stderr } = spawnSync('bash', ['-euc', code], { cwd: clone, env, encoding: 'utf8' })
    expect(status, `${code}\n${stdout}${stderr}`).toBe(0)
    said.push(stdout)
  }
  const all = said.join('')
  expect(all).toMatch(/^4 pairs, 2 pictures, /m)
  expect(all).toContain('no issue')
  expect(all).toMatch(/^step 0: \S+, \S+: tokens \[2,\d+\], pictures \[2,\d,224,224\]$/m)
  expect(all).toMatch(/^step 1: /m)
  expect(all).toMatch(/^finished at step 150: loss/m)
})

/** Starts the viewer, asks it for its page, and ends it. @returns the status of the page */
async function viewed(code: string): Promise<number> {
  const env = { ...process.env, PATH: `${join(ROOT, 'test', 'support', 'bin')}:${process.env.PATH}` }
  const child = spawn('bash', ['-euc', `exec ${code.trim()}`], { cwd: clone, env })
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let out = ''
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        out += part
        const [, found] = /(http:\S+)/.exec(out) ?? []
        if (found !== undefined) resolve(found)
      })
      child.once('close', (status) => reject(new Error(`the viewer ended with ${status}`)))
    })
    // The address gives the browser its cookie and leads to the page.
    const first = await fetch(url, { redirect: 'manual' })
    const cookie = first.headers.getSetCookie().map((text) => text.split(';')[0]!)
    return (await fetch(new URL('/', url), { headers: { cookie: cookie.join('; ') } })).status
  } finally {
    child.kill('SIGTERM')
  }
}
