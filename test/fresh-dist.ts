// dist/ as the tests need it: built from the sources that are there. vitest runs the default export once before any test
// (vitest.config.ts), so that no test builds while another one reads.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's directory. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Builds dist/ if it is missing, older than a source, or holds a module that has no source any more.
 * @throws Error with what the compiler said, if it does not compile; there is no dist/ then
 */
export function freshDist(): void {
  if (isFresh()) return
  const run = spawnSync(process.execPath, [join(ROOT, 'scripts/build.js')], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`dist/ cannot be built:\n${run.stdout}${run.stderr}`)
}

/** What is made of wasm/. */
const KERNELS = ['dist/import/kernels.wasm', 'dist/vision/kernels.wasm']
/** What is made of viewer/, last of all. */
const PAGE = 'dist/viewer/page/index.html'

function isFresh(): boolean {
  const sources = filesBelow('src', '.ts')
  const built = filesBelow('dist', '.js').filter((name) => !name.startsWith('viewer'))
  if (built.join() !== sources.join() || [...KERNELS, PAGE].some((path) => !existsSync(join(ROOT, path)))) return false
  const time = (path: string) => statSync(join(ROOT, path)).mtimeMs
  const inputs = ['tsconfig.json', 'tsconfig.build.json', ...sources.map((name) => `src/${name}.ts`)]
  const kernels = filesBelow('wasm', '.ts').map((name) => `wasm/${name}.ts`)
  const viewer = ['.ts', '.tsx', '.css', '.html', '.svg'].flatMap((end) =>
    filesBelow('viewer', end).map((name) => `viewer/${name}${end}`),
  )
  const isOlder = (from: readonly string[], to: readonly string[]) =>
    Math.max(...from.map(time)) < Math.min(...to.map(time))
  return (
    isOlder(
      inputs,
      built.map((name) => `dist/${name}.js`),
    ) &&
    isOlder([...kernels, 'scripts/build.js'], KERNELS) &&
    isOlder([...viewer, 'src/serve/wire.ts'], [PAGE])
  )
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
