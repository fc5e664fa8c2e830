// Appends killed at random moments: the old generation is whole, or the new one is, and the next append finds its way.
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { fixture } from '../support/fixtures.js'
import { killedImport } from '../support/killed-imports.js'
import { repeats } from '../support/repeats.js'
import { tempDir } from '../support/temp-dir.js'
import { pairsOf } from '../support/whole-dataset.js'

const KILLS = repeats(10, 30)
const dir = tempDir()
const base = join(dir, 'base')
const of = (name: string) => [fixture(`mimicit/${name}.json`)]
const more = { instructions: of('CGD_instructions'), images: [], train: of('CGD_train') }
let old: Awaited<ReturnType<typeof pairsOf>>
let all: typeof old

beforeAll(async () => {
  await importMimicIt({ instructions: of('LA_instructions'), images: of('LA'), train: of('LA_train'), out: base })
  old = await pairsOf(base)
  const whole = join(dir, 'whole')
  cpSync(base, whole, { recursive: true })
  await importMimicIt({ ...more, append: whole })
  all = await pairsOf(whole)
})

test(`${KILLS} appends`, { timeout: 20 * 60_000 }, async () => {
  expect(all.length).toBeGreaterThan(old.length)
  const out = join(dir, 'out')
  for (let i = 0; i < KILLS; i++) {
    rmSync(out, { recursive: true, force: true })
    cpSync(base, out, { recursive: true })
    const { instructions: paths, images, train } = more
    const steps = 1 + Math.floor((Math.random() * (all.length - old.length)) / 3)
    await killedImport({ paths, images, train, append: out }, steps)
    const { ok, issues } = await verifyDataset(out)
    expect([ok, issues.every(({ code }) => code === 'MIMICIT_UNKNOWN_FILE')], `${steps} steps`).toEqual([true, true])
    const left = await pairsOf(out)
    expect([old, all], `${steps} steps`).toContainEqual(left)
    if (left.length === old.length) await importMimicIt({ ...more, append: out })
    expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
    expect(await pairsOf(out)).toEqual(all)
  }
})
