// The package as users get it: packed, unpacked in a project outside of ours, run by plain node, type-checked.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDist, ROOT } from './fresh-dist.js'
import { createOutsideProject, type OutsideProject } from './outside-project.js'

const FIXTURES = join(ROOT, 'fixtures', 'mimicit')

let project: OutsideProject
let tarball: Buffer<ArrayBuffer>
let files: readonly string[]

beforeAll(() => {
  freshDist()
  project = createOutsideProject()
  const at = join(project.path, 'node_modules', 'mimicit')
  mkdirSync(at)
  // Without its scripts: `prepare` would build dist/ again while other tests read it.
  command('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', project.path], ROOT)
  const packed = join(project.path, readdirSync(project.path).find((name) => name.endsWith('.tgz'))!)
  tarball = readFileSync(packed)
  command('tar', ['-xzf', packed, '-C', at, '--strip-components=1'], project.path)
  files = readdirSync(at, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(at, path)).isFile())
    .map((path) => path.replaceAll('\\', '/'))
})
afterAll(() => project?.remove())

function command(name: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(name, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name} ${args.join(' ')}: ${error?.message ?? stdout + stderr}`)
}

describe('the sub-paths', () => {
  const faces = readdirSync(join(ROOT, 'src')).filter((room) => existsSync(join(ROOT, 'src', room, 'index.ts')))
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: object }

  it('are the rooms that have something public', () => {
    const wanted = ['.', ...faces.map((room) => `./${room}`), './schema/*', './package.json']
    expect(Object.keys(exports)).toEqual(wanted)
  })

  it('have types that resolve as the modules do, for node16 and for bundlers', async () => {
    const checked = await checkPackage(createPackageFromTarballData(tarball))
    if (checked.types === false) throw new Error('no types were found')
    // A CommonJS module takes an ES module with import(), or with require() of a newer Node; that is the one thing said.
    const wrong = checked.problems.filter(({ kind }) => kind !== 'CJSResolvesToESM')
    // What has no types of its own are plain JSON files; Node 10 knew no sub-paths.
    const isOfOurs = (problem: object) =>
      !('resolutionKind' in problem && problem.resolutionKind === 'node10') &&
      !('entrypoint' in problem && String(problem.entrypoint).startsWith('./schema/'))
    expect(wrong.filter(isOfOurs)).toEqual([])
    expect(Object.keys(checked.entrypoints)).toEqual(expect.arrayContaining(['.', ...faces.map((room) => `./${room}`)]))
  }, 120_000)

  it('and all the rest of package.json are as they should be', async () => {
    const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, level: 'suggestion' })
    expect(messages).toEqual([])
  })

  it('give the same as the whole package', () => {
    project.write(
      'faces.js',
      `import * as whole from 'mimicit'
const names = new Set()
let same = true
for (const room of ${JSON.stringify(faces)}) {
  for (const [name, value] of Object.entries(await import('mimicit/' + room))) {
    same &&= whole[name] === value && !names.has(name)
    names.add(name)
  }
}
console.log(JSON.stringify({ same, missing: Object.keys(whole).filter((name) => !names.has(name)) }))
`,
    )
    const { status, output } = project.node('faces.js')
    expect(status, output).toBe(0)
    expect(JSON.parse(output)).toEqual({ same: true, missing: [] })
  })
})

describe('the packed files', () => {
  const { files: listed } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] }
  // schema/ is not written yet; the skip ends by itself when it is.
  for (const entry of listed.filter((each) => !each.startsWith('!'))) {
    it.skipIf(entry === 'schema' && !existsSync(join(ROOT, entry)))(`hold ${entry}, as package.json says`, () => {
      expect(files.some((file) => file === entry || file.startsWith(`${entry}/`))).toBe(true)
    })
  }

  it('hold no sources, tests or fixtures', () => {
    const allowed =
      /^(dist\/.+\.(js|d\.ts)|dist\/(import|vision)\/kernels\.wasm|dist\/(program|threads)\/LICENCES\.txt|dist\/viewer\/page\/.+|schema\/.+|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/
    expect(files.filter((file) => !allowed.test(file))).toEqual([])
  })

  it('hold a module and its declarations for each source, and of the command line what it starts from', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((p) =>
      p.endsWith('.ts'),
    )
    const library = sources.map((path) => path.replaceAll('\\', '/')).filter((path) => !path.startsWith('cli/'))
    const wanted = library.flatMap((path) => [path.replace(/\.ts$/, '.js'), path.replace(/\.ts$/, '.d.ts')])
    wanted.push('cli/main.js', 'import/kernels.wasm', 'vision/kernels.wasm')
    const made = files.filter((file) => /^dist\/(?!viewer\/|threads\/|program\/)/.test(file))
    expect(made.sort()).toEqual(wanted.map((path) => `dist/${path}`).sort())
  })

  it('hold the page of the viewer, and nothing that it was made of', () => {
    const page = files.filter((file) => file.startsWith('dist/viewer/')).map((file) => file.replace(/-[\w-]{8}\./, '.'))
    expect(page.sort()).toEqual([
      'dist/viewer/page/assets/index.css',
      'dist/viewer/page/assets/index.js',
      'dist/viewer/page/icon.svg',
      'dist/viewer/page/index.html',
    ])
  })
})

describe('the installed package', () => {
  it('gives what its index names, and nothing by other paths', () => {
    project.write(
      'face.js',
      `import * as mimicit from 'mimicit'
const deep = await import('mimicit/dist/base/errors.js').then(() => 'open', (error) => error.code)
const manifest = (await import('mimicit/package.json', { with: { type: 'json' } })).default
console.log(JSON.stringify({ names: Object.keys(mimicit), deep, same: manifest.version === mimicit.version }))
`,
    )
    const { status, output } = project.node('--no-warnings', 'face.js')
    expect(status, output).toBe(0)
    const { names, deep, same } = JSON.parse(output) as { names: string[]; deep: string; same: boolean }
    expect(names).toEqual(expect.arrayContaining(['MimicitError', 'importMimicIt', 'loadMimicIT', 'verifyDataset']))
    expect(deep).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
    expect(same).toBe(true)
  })

  it('imports, verifies and streams, in a thread of its own too', () => {
    project.write(
      'use.js',
      `import { importMimicIt, isMimicitError, loadMimicIT, verifyDataset } from 'mimicit'
const fixture = (name) => ${JSON.stringify(FIXTURES)} + '/' + name
const instructions = [fixture('LA_instructions.json')]
const files = { instructions, images: [fixture('LA.json')], train: [fixture('LA_train.json')] }
await importMimicIt({ ...files, out: 'la' })
const again = await importMimicIt({ ...files, out: 'la' }).catch((error) => error)
const { ok } = await verifyDataset('la')
const ids = []
for (const worker of [false, true]) {
  const rows = []
  for await (const batch of loadMimicIT('la', { batchSize: 16, shots: 2, imageSize: 32, worker })) rows.push(...batch.ids)
  ids.push(rows.join())
}
console.log(JSON.stringify({
  code: isMimicitError(again) && again.code, ok, rows: ids[0].split(',').length, same: ids[0] === ids[1],
}))
`,
    )
    const { status, output } = project.node('use.js')
    expect(status, output).toBe(0)
    const listed = Object.keys(JSON.parse(readFileSync(join(FIXTURES, 'LA_train.json'), 'utf8')) as object)
    expect(JSON.parse(output)).toEqual({ code: 'MIMICIT_NOT_EMPTY', ok: true, rows: listed.length, same: true })
  })

  it('has declarations that hold without skipLibCheck', () => {
    project.write(
      'sound.ts',
      `import { type Batch, type LoaderState, loadMimicIT, type Pair, validatePair, type ErrorCode, isMimicitError } from 'mimicit'
import { shuffles, templates, byteTokenizer, openDataset } from 'mimicit'

export async function train(step: (batch: Batch) => number, resume?: LoaderState): Promise<LoaderState> {
  const loader = loadMimicIT('la', { shots: 2, ...(resume === undefined ? {} : { resume }) })
  for await (const batch of loader) {
    const ids: Int32Array = batch.inputIds
    if (step(batch) > ids.length) break
  }
  return loader.state()
}
export const codeOf = (error: unknown): ErrorCode | undefined => (isMimicitError(error) ? error.code : undefined)
export const faults = (pair: Pair): readonly string[] => validatePair(pair, 'here').map((issue) => issue.message)
export const names: readonly string[] = [...Object.keys(shuffles), ...Object.keys(templates), byteTokenizer.name]
export const rows = async (): Promise<number> => (await openDataset('la')).manifest.tables.pairs.rows
`,
    )
    const sound = project.types('sound.ts')
    expect(sound.output).toBe('')
    expect(sound.status).toBe(0)
  })

  it('has declarations that catch mistakes', () => {
    project.write(
      'mistakes.ts',
      `import { loadMimicIT } from 'mimicit'
loadMimicIT('la', { shot: 2 })
loadMimicIT('la', { resume: undefined })
for await (const batch of loadMimicIT('la')) batch.inputIds = new Int32Array(0)
`,
    )
    const { status, output } = project.types('mistakes.ts')
    expect(status).not.toBe(0)
    expect([...output.matchAll(/^mistakes\.ts\((\d)/gm)].map((match) => match[1])).toEqual(['2', '3', '4'])
  })
})
