// A project outside of ours that uses mimicit as its users do: by name, from node_modules, with plain `node` and with a
// compiler of its own. Made without network: what mimicit depends on is linked from our node_modules, and nothing else is.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ROOT } from './fresh-dist.js'

/** What a command did. */
export interface Run {
  readonly status: number | null
  /** stdout and stderr, one after the other. */
  readonly output: string
}

/** A temporary project. */
export interface OutsideProject {
  readonly path: string
  /** Writes a file, relative to the project. */
  write(name: string, content: string): void
  /** Links a package of our node_modules, or `target`, under a name. */
  link(name: string, target?: string): void
  /** Runs plain `node`. */
  node(...args: readonly string[]): Run
  /** The same without blocking this process, for code that talks to a server of the test. */
  nodeAsync(...args: readonly string[]): Promise<Run>
  /** Type-checks the named files as strictly as a careful user does. */
  types(...files: readonly string[]): Run
  remove(): void
}

const require = createRequire(import.meta.url)
const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')

/** Makes an empty project with the dependencies of mimicit, but not yet mimicit. */
export function createOutsideProject(): OutsideProject {
  // The compiler reports real paths, and the temporary directory may be a link.
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'mimicit-outside-')))
  const write = (name: string, content: string) => {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  const link = (name: string, target = join(ROOT, 'node_modules', name)) => {
    const place = join(path, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(realpathSync(target), place, 'dir')
  }
  const run = (args: readonly string[]): Run => {
    const { NODE_OPTIONS: _, ...env } = process.env
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: path, env, encoding: 'utf8' })
    return { status, output: stdout + stderr }
  }
  const nodeAsync = (...args: readonly string[]) =>
    new Promise<Run>((resolve) => {
      const { NODE_OPTIONS: _, ...env } = process.env
      const child = spawn(process.execPath, args, { cwd: path, env })
      let output = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text
        })
      }
      child.on('close', (status) => resolve({ status, output }))
    })
  const ours = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }
  for (const name of Object.keys(ours.dependencies)) link(name)
  link('@types/node')
  write('package.json', `${JSON.stringify({ name: 'outside', private: true, type: 'module' })}\n`)
  return {
    path,
    write,
    link,
    node: (...args) => run(args),
    nodeAsync,
    types: (...files) => {
      const compilerOptions = {
        target: 'ES2022',
        lib: ['ES2023', 'ESNext.Disposable'],
        module: 'NodeNext',
        moduleResolution: 'NodeNext',
        types: ['node'],
        strict: true,
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      }
      write('tsconfig.json', JSON.stringify({ compilerOptions, files }))
      return withoutFaultsOfTfjs(run([compiler, '-p', '.']))
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

/**
 * The declarations of TensorFlow.js and of WebGPU, which they name, need those of `long` and of a browser. Their
 * faults are left out, so that everything else, our own declarations above all, is still checked without skipLibCheck.
 */
function withoutFaultsOfTfjs({ status, output }: Run): Run {
  const kept: string[] = []
  let ours = true
  for (const line of output.split('\n')) {
    // The lines that go on with a fault are indented.
    if (!line.startsWith(' ')) ours = !/^\S*node_modules\/@(tensorflow|webgpu)\//.test(line)
    if (ours) kept.push(line)
  }
  const rest = kept.join('\n').trim()
  return { status: rest === '' && output !== '' ? 0 : status, output: rest }
}
