// The house as it is built follows its rules (house-rules.ts), and each rule can fail.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  importCircles,
  importsOf,
  longFiles,
  ROOMS,
  resolveImport,
  type Sources,
  seamBreaches,
  throughFaces,
  undocumentedExports,
  unknownRooms,
  upwardImports,
} from './house-rules.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const house: Sources = new Map(
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `src/${path.replaceAll('\\', '/')}`)
    .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
)

const rules = { unknownRooms, upwardImports, importCircles, seamBreaches, longFiles, throughFaces, undocumentedExports }

describe('the house', () => {
  it('is there to be checked', () => {
    expect(house.size).toBeGreaterThan(50)
    expect([...house.values()].flatMap(importsOf).length).toBeGreaterThan(150)
  })

  for (const [name, rule] of Object.entries(rules)) it(`has no ${name}`, () => expect(rule(house)).toEqual([]))
})

const of = (files: Record<string, string>): Sources => new Map(Object.entries(files))

describe('imports', () => {
  it('are found in every form, types included', () => {
    const source = `
import a from 'a'
import { b, type B } from "b"
import type { C } from 'c'
import {
  d,
  dd,
} from 'd'
import 'e'
import * as f from './f.js'
export { g } from './g.js'
export type { H } from './h.js'
export * from 'i'
export * as j from 'j'
const k = await import('k')
type L = import('l').L
const m = require('m')
const n = createRequire(import.meta.url)('n')
const o = import.meta.resolve('o')
`
    expect(importsOf(source).sort()).toEqual(
      ['a', 'b', 'c', 'd', 'e', './f.js', './g.js', './h.js', ...'ijklmno'].sort(),
    )
  })

  it('are not found in comments and text', () => {
    expect(importsOf(`// import a from 'a'\n/**\n * import b from 'b'\n * await import('c')\n */\n`)).toEqual([])
    expect(importsOf(`export const from = 'd'\nconst text = "take it from 'e'"\n`)).toEqual([])
  })

  it('are resolved against the file that has them', () => {
    expect(resolveImport('src/import/mimic-it/index.ts', '../../base/errors.js')).toBe('src/base/errors.ts')
    expect(resolveImport('src/io/store.ts', './directory.js')).toBe('src/io/directory.ts')
    expect(resolveImport('src/io/store.ts', 'zod')).toBeUndefined()
  })
})

describe('a broken house', () => {
  it('has a room that nobody planned', () => {
    expect(unknownRooms(of({ 'src/base/a.ts': '', 'src/attic/b.ts': '', 'src/c.ts': '', 'src/index.ts': '' }))).toEqual(
      ['src/attic/b.ts: room attic is not in the list', 'src/c.ts: is in no room'],
    )
  })

  it('imports a room further down, even a type of it', () => {
    const wrong = of({
      'src/base/a.ts': `import type { T } from '../cli/t.js'`,
      'src/io/b.ts': `export { x } from '../loader/x.js'`,
      'src/loader/c.ts': `import { y } from '../io/y.js'\nimport { z } from './z.js'`,
    })
    expect(upwardImports(wrong)).toEqual([
      'src/base/a.ts: imports src/cli/t.ts, which is further down',
      'src/io/b.ts: imports src/loader/x.ts, which is further down',
    ])
  })

  it('is checked in the order of the rooms: each may see all above and none below', () => {
    const pairs = ROOMS.flatMap((from) => ROOMS.map((to) => [from, to] as const))
    for (const [from, to] of pairs) {
      const faults = upwardImports(of({ [`src/${from}/a.ts`]: `import '../${to}/b.js'` }))
      expect(faults.length, `${from} imports ${to}`).toBe(ROOMS.indexOf(to) > ROOMS.indexOf(from) ? 1 : 0)
    }
  })

  it('imports the public face from a room, the command line from the face, or the entry from anywhere', () => {
    const wrong = of({
      'src/serve/a.ts': `import { x } from '../index.js'`,
      'src/cli/b.ts': `import { x } from '../index.js'`,
      'src/index.ts': `export { x } from './cli/x.js'\nexport { y } from './serve/y.js'`,
      'src/cli/c.ts': `import './main.js'`,
      'src/base/d.ts': `import '../../test/d.js'\nimport '../../package.json'`,
    })
    expect(upwardImports(wrong)).toEqual([
      'src/serve/a.ts: imports src/index.ts, which is further down',
      'src/index.ts: imports src/cli/x.ts of the command line',
      'src/cli/c.ts: imports src/cli/main.ts, which is where the program starts',
      'src/base/d.ts: imports test/d.ts, which is outside the house',
    ])
  })

  it('has files that import each other, near or far', () => {
    const wrong = of({
      'src/io/c.ts': `import { a } from './a.js'`,
      'src/io/b.ts': `import { c } from './c.js'`,
      'src/io/a.ts': `import type { B } from './b.js'\nimport { d } from './d.js'`,
      'src/io/d.ts': `import './e.js'`,
      'src/io/e.ts': `import './d.js'\nimport './f.js'`,
      'src/io/f.ts': `import './f.js'`,
    })
    expect(importCircles(wrong)).toEqual([
      'src/io/a.ts -> src/io/b.ts -> src/io/c.ts -> src/io/a.ts',
      'src/io/d.ts -> src/io/e.ts -> src/io/d.ts',
      'src/io/f.ts -> src/io/f.ts',
    ])
    expect(
      importCircles(of({ 'src/io/a.ts': `import './b.js'\nimport './c.js'`, 'src/io/b.ts': `import './c.js'` })),
    ).toEqual([])
  })

  it('lets a package out of its room', () => {
    const everywhere = `import type { T } from '@tensorflow/tfjs-core'
import { t } from 'apache-arrow'
import { r } from 'hyparquet'
import { w } from 'hyparquet-writer'
import sharp from 'sharp'
import { Worker } from 'node:worker_threads'
`
    const packages = (path: string) =>
      seamBreaches(of({ [path]: everywhere })).map((fault) => /imports (.+), which/.exec(fault)?.[1])
    const [tf, arrow, parquet, writer, sharp, threads] = importsOf(everywhere)
    expect(packages('src/train/a.ts')).toEqual([tf, arrow, parquet, writer, sharp, threads])
    expect(packages('src/tensors/a.ts')).toEqual([arrow, parquet, writer, sharp, threads])
    expect(packages('src/shards/a.ts')).toEqual([tf, sharp, threads])
    expect(packages('src/import/a.ts')).toEqual([tf, sharp, threads])
    expect(packages('src/vision/a.ts')).toEqual([tf, arrow, parquet, writer, threads])
    expect(packages('src/base/a.ts')).toEqual([tf, arrow, parquet, writer, sharp])
    expect(packages('src/loader/worker-stream.ts')).toEqual([tf, arrow, parquet, writer, sharp])
    expect(seamBreaches(of({ 'src/train/a.ts': `import 'sharpest'\nimport 'hyparquet-compressors'` }))).toEqual([])
  })

  it('has a file that is too long', () => {
    const lines = (count: number) => 'x\n'.repeat(count)
    expect(longFiles(of({ 'src/io/a.ts': lines(400), 'src/io/b.ts': lines(401) }))).toEqual([
      'src/io/b.ts: 401 lines, more than 400',
    ])
  })

  it('goes through the face of a room', () => {
    const inside = of({
      'src/index.ts': `export * from './io/index.js'\n`,
      'src/io/index.ts': `export { a } from './x.js'\n`,
      'src/cli/y.ts': `import { a } from '../io/index.js'\n`,
    })
    expect(throughFaces(inside)).toEqual([
      'src/cli/y.ts: imports src/io/index.ts, the face of a room, instead of the file',
    ])
  })

  it('exports what it does not explain', () => {
    const documented = `/** Says a. */
export function a(): void {}
/**
 * Says b.
 */
export abstract class B {}
/** Says c. */
export async function c(): Promise<void> {}
/** Says d. */
export const d = 1
/** Says e. */
export interface E {}
/** Says f. */
export type F = 1
`
    const face = `export { a, B, c as cc } from './io/x.js'\nexport { d, type E } from './io/x.js'\nexport type { F } from './io/y.js'\n`
    const onward = `export type { F } from './x.js'`
    const sound = of({ 'src/index.ts': face, 'src/io/x.ts': documented, 'src/io/y.ts': onward })
    expect(undocumentedExports(sound)).toEqual([])

    const bare = documented.replaceAll(/^(\/\*\*| \*).*\n/gm, '')
    const wrong = of({ 'src/index.ts': face, 'src/io/x.ts': bare, 'src/io/y.ts': onward })
    expect(undocumentedExports(wrong)).toEqual(
      ['a', 'B', 'c', 'd', 'E', 'F'].map((name) => `src/io/x.ts: ${name} has no doc comment`),
    )
    expect(undocumentedExports(of({ 'src/index.ts': `export * from './io/x.js'\n` }))).toEqual([
      'src/index.ts: export * hides what is public',
    ])
    expect(undocumentedExports(of({ 'src/index.ts': `export { a } from './io/x.js'\n`, 'src/io/x.ts': '' }))).toEqual([
      'src/io/x.ts: a cannot be followed to its declaration',
    ])
    // Of a face, what it hands on is what counts, and no face is left out.
    const room = of({
      'src/index.ts': `export * from './io/index.js'\n`,
      'src/io/index.ts': `export { a } from './x.js'\n`,
      'src/io/x.ts': '/** Says a. */\nexport const a = 1\n',
      'src/text/index.ts': '',
    })
    expect(undocumentedExports(room)).toEqual(['src/index.ts: leaves out src/text/index.ts'])
    // A comment further up is not its doc comment.
    const far = `/** Says z. */\nconst z = 1\n// a note\nexport const a = z\n`
    expect(undocumentedExports(of({ 'src/index.ts': `export { a } from './io/x.js'\n`, 'src/io/x.ts': far }))).toEqual([
      'src/io/x.ts: a has no doc comment',
    ])
  })
})
