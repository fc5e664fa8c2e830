// Every block of code in the documents is held against the real thing: TypeScript against the types of the package, command
// lines against the definition of the command line, scripts and files against what is there, data against their parsers.
// A block that is no whole says so in a comment above it, `<!-- fragment: why -->`, and only its syntax is checked.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { transformWithOxc } from 'vite'
import { afterAll, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { freshDist, ROOT } from './fresh-dist.js'
import { createOutsideProject, type OutsideProject } from './outside-project.js'
import { commandLines, faultOf } from './support/command-lines.js'

interface Block {
  /** Document and line. */
  readonly at: string
  readonly language: string
  readonly code: string
  /** Why it is no whole. */
  readonly fragment: string | undefined
}

const documents = ['.', 'docs', 'schema', 'examples', 'examples/python'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)
const blocks = documents.flatMap((path) => blocksOf(path, readFileSync(join(ROOT, path), 'utf8')))
const of = (...languages: readonly string[]) => blocks.filter(({ language }) => languages.includes(language))

/** Fenced blocks, indented ones of lists too. */
function blocksOf(path: string, text: string): Block[] {
  const fence = /^(?:<!-- fragment: (.+) -->\n+)?( *)```(\w*)\n([\s\S]*?)^\2```$/gm
  return [...text.matchAll(fence)].map(({ 1: fragment, 2: indent = '', 3: language = '', 4: code = '', index }) => ({
    at: `${path}:${text.slice(0, index).split('\n').length}`,
    language,
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    fragment,
  }))
}

it('blocks are found, and each has a language that is checked', () => {
  expect(blocks.length).toBeGreaterThan(40)
  const checked = ['sh', 'ts', 'js', 'json', 'yaml', 'python', 'text', 'sql']
  expect(blocks.filter(({ language }) => !checked.includes(language)).map(({ at }) => at)).toEqual([])
  expect(of('ts').length).toBeGreaterThan(10)
})

describe('code', () => {
  let project: OutsideProject | undefined
  afterAll(() => project?.remove())

  it('compiles against the types of the package', () => {
    freshDist()
    project = createOutsideProject()
    project.link('mimicit', ROOT)
    const whole = of('ts', 'js').filter(({ fragment }) => fragment === undefined)
    // A block without imports would be a script, whose names all others see.
    const names = whole.map((_, i) => `block-${i}.ts`)
    for (const [i, name] of names.entries()) project.write(name, `${whole[i]!.code}\nexport {}\n`)
    const { output } = project.types(...names)
    const named = stripVTControlCharacters(output).replaceAll(/block-(\d+)\.ts/g, (_, i) => whole[Number(i)]!.at)
    expect(named).toBe('')
  }, 120_000)

  it('of fragments is at least well-formed', async () => {
    for (const { at, code } of of('ts', 'js').filter(({ fragment }) => fragment !== undefined)) {
      await expect(transformWithOxc(code, 'fragment.ts'), at).resolves.toBeDefined()
    }
  })
})

describe('shell', () => {
  const lines = of('sh').flatMap(({ at, code }) => commandLines(code).map((line) => ({ at, line })))
  const scripts = Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts as object)

  it('has command lines in plenty', () => expect(lines.length).toBeGreaterThan(60))

  it.each(lines)('$at: $line', async ({ line }) => expect(await faultOf(line)).toBeUndefined())

  it('names scripts and files that are there', () => {
    for (const { at, code } of of('sh')) {
      for (const [, name] of code.matchAll(/\bnpm (?:run |(?=test\b))([\w:]+)/g)) expect(scripts, at).toContain(name)
      for (const [, path = ''] of code.matchAll(
        /\b(?:node|python3|torchrun[^\n]*?|tsx) ((?:examples|scripts|test)\/[\w/.-]+)/g,
      )) {
        expect(existsSync(join(ROOT, path)), `${at}: ${path}`).toBe(true)
      }
    }
  })
})

describe('data and Python', () => {
  it.each(of('json').map(({ at, code }) => [at, code]))('%s is JSON', (_, code) => {
    expect(JSON.parse(code)).toBeDefined()
  })
  it.each(of('yaml').map(({ at, code }) => [at, code]))('%s is YAML', (_, code) => {
    expect(parseYaml(code)).toBeTypeOf('object')
  })
  it('Python compiles, where there is Python', (context) => {
    const python = process.env.MIMICIT_PYTHON ?? 'python3'
    if (spawnSync(python, ['--version']).status !== 0) return context.skip(`no ${python}`)
    for (const { at, code } of of('python')) {
      const { status, stderr } = spawnSync(python, ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
        input: code,
        encoding: 'utf8',
      })
      expect(status, `${at}: ${stderr}`).toBe(0)
    }
  })
})
