// What the documents say is true: error codes, rooms, dependencies, links, and every TypeScript block of the README, which
// is type-checked and run as a user would, against the fixtures.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { importMimicIt } from '../src/import/mimic-it/index.js'
import { freshDist, ROOT } from './fresh-dist.js'
import { ROOMS } from './house-rules.js'
import { createOutsideProject, type OutsideProject } from './outside-project.js'
import { startFaultServer } from './support/fault-server.js'

const text = (path: string) => readFileSync(join(ROOT, path), 'utf8')
/** The first cells of the tables of a document that hold exactly one code span. */
const firstCells = (document: string) => [...document.matchAll(/^\| `([^`]+)` +\|/gm)].map((match) => match[1]!)
const documents = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`),
].filter((path) => path.endsWith('.md'))

describe('docs/errors.md', () => {
  const union = /export type ErrorCode =\n((?: {2}\| '[A-Z0-9_]+'\n)+)/.exec(text('src/base/errors.ts'))?.[1] ?? ''
  const codes = [...union.matchAll(/'([A-Z0-9_]+)'/g)].map((match) => match[1]!)
  const explained = firstCells(text('docs/errors.md'))

  it('explains every code once, and no other', () => {
    expect(codes.length).toBeGreaterThan(30)
    expect([...explained].sort()).toEqual([...codes].sort())
  })

  it('says for each what it means and what to do', () => {
    for (const row of text('docs/errors.md').matchAll(/^\| `MIMICIT_.*$/gm)) {
      expect(row[0], row[0]).toMatch(/^\| `\w+` +\| \S.{10,}\. +\| \S.{5,}\. +\|$/)
    }
  })

  it('knows every code that any document names', () => {
    for (const path of documents) {
      for (const [code] of text(path).matchAll(/\bMIMICIT_[A-Z0-9_]+\b/g)) {
        expect(
          ['MIMICIT_BENCH_DIR', 'MIMICIT_LONG', 'MIMICIT_THOROUGH', 'MIMICIT_TOKENIZER', 'MIMICIT_PYTHON', ...codes],
          `${path} names ${code}`,
        ).toContain(code)
      }
    }
  })
})

describe('docs/dependencies.md', () => {
  const manifest = JSON.parse(text('package.json')) as Record<string, Record<string, string>>
  const sections = text('docs/dependencies.md').split(/^## /m).slice(1)

  it.each([
    ['dependencies', 'At run time'],
    ['peerDependencies', 'Optional'],
    ['devDependencies', 'Development only'],
  ])('has a line for each of the %s', (kind, title) => {
    const section = sections.find((candidate) => candidate.startsWith(title)) ?? ''
    expect(firstCells(section).sort()).toEqual(Object.keys(manifest[kind] ?? {}).sort())
  })
})

describe('README.md', () => {
  it('lists the rooms of the house in their order', () => {
    expect(firstCells(text('README.md'))).toEqual(ROOMS)
  })

  const blocks = [...text('README.md').matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]!)
  let project: OutsideProject | undefined
  afterAll(() => project?.remove())

  it('has code that compiles and runs', async () => {
    expect(blocks.length).toBeGreaterThan(0)
    freshDist()
    project = createOutsideProject()
    project.link('mimicit', ROOT)
    const fixture = (name: string) => join(ROOT, 'fixtures', 'mimicit', name)
    await importMimicIt({
      instructions: [fixture('LA_instructions.json')],
      images: [fixture('LA.json')],
      train: [fixture('LA_train.json')],
      out: join(project.path, 'out/la'),
    })
    // What a block reads from far away comes from a server on loopback.
    const server = await startFaultServer(join(project.path, 'out'))
    const names = blocks.map((_, index) => `block-${index}.ts`)
    for (const [index, name] of names.entries())
      project.write(name, blocks[index]!.replaceAll('https://data.example.org', server.url))
    const types = project.types(...names)
    expect(types.output).toBe('')
    expect(types.status).toBe(0)
    const tsx = createRequire(import.meta.url).resolve('tsx')
    const outputs = []
    for (const name of names) outputs.push(await project.nodeAsync('--import', pathToFileURL(tsx).href, name))
    await server.close()
    for (const { status, output } of outputs) expect(status, output).toBe(0)
    expect(outputs[1]?.output).toMatch(/^Which things are in this picture\? \d+ bytes$/m)
    expect(server.requests.length).toBeGreaterThan(0)
    expect(outputs[0]?.output).toMatch(/^LA_INS_\w+: tokens \[8,\d+\], pictures \[8,\d,1,3,224,224\]$/m)
    expect(outputs[0]?.output).toMatch(/^goes on at step 3, with LA_INS_/m)
    expect(outputs[2]?.output).toMatch(/^\d+ samples in 4 rows, (\d+) \1 \d+\n\d+ cells of padding instead of \d+, /)
  }, 240_000)
})

describe('links', () => {
  it.each(documents)('of %s lead to files', (path) => {
    for (const [, target = ''] of text(path).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      const file = join(dirname(path), target)
      expect(existsSync(join(ROOT, file)), `${path} links to ${target}`).toBe(true)
    }
  })
})
