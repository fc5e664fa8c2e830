// dist/ as the tests need it: built from the sources that are there. vitest runs the default export once before any test
// (vitest.config.ts), so that no test builds while another one reads.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's directory. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Builds the parts of dist/ that are missing, older than a source, or hold a module that has no source any more.
 * @throws Error with what the compiler said, if it does not compile
 */
export function freshDist(): void {
  const stale = staleParts()
  if (stale.length === 0) return
  const run = spawnSync(process.execPath, [join(ROOT, 'scripts/build.js'), ...stale], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`dist/ cannot be built:\n${run.stdout}${run.stderr}`)
}

/** What is made of wasm/. */
const KERNELS = ['dist/import/kernels.wasm', 'dist/vision/kernels.wasm']
/** What is made of viewer/, last of all. */
const PAGE = 'dist/viewer/page/index.html'

/** Names of parts, as scripts/build.js has them. */
function staleParts(): string[] {
  const script = 'scripts/build.js'
  const sources = filesBelow('src', '.ts')
  const built = filesBelow('dist', '.js').filter((name) => !name.startsWith('viewer'))
  const modules = built.map((name) => `dist/${name}.js`)
  const configs = ['tsconfig.json', 'tsconfig.build.json', script]
  const kernels = filesBelow('wasm', '.ts').map((name) => `wasm/${name}.ts`)
  const viewer = ['.ts', '.tsx', '.css', '.html', '.svg'].flatMap((end) =>
    filesBelow('viewer', end).map((name) => `viewer/${name}${end}`),
  )
  const isFresh = {
    modules:
      built.join() === sources.join() && isNewer(modules, [...configs, ...sources.map((name) => `src/${name}.ts`)]),
    kernels: isNewer(KERNELS, [...kernels, script]),
    page: isNewer([PAGE], [...viewer, 'src/serve/wire.ts', script]),
  }
  return Object.entries(isFresh).flatMap(([part, fresh]) => (fresh ? [] : [part]))
}

/** Whether all of these are there and none is older than any of those. */
function isNewer(files: readonly string[], than: readonly string[]): boolean {
  const time = (path: string) => statSync(join(ROOT, path)).mtimeMs
  const newest = Math.max(...than.map(time))
  return files.every((path) => existsSync(join(ROOT, path)) && time(path) > newest)
}

function filesBelow(directory: string, extension: string): string[] {
  try {
    return readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith(extension))
      .map((path) => path.slice(0, -extension.length))
      .sort()
  } catch {
    return []
  }
}

/** Before all tests. One that needs dist/ calls `freshDist` again and fails by itself; the others do not have to wait for it. */
export default function setup(): void {
  try {
    freshDist()
  } catch (error) {
    console.error((error as Error).message)
  }
}
