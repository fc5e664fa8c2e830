// Which parts of dist/ have to be made: those that are missing, older than a source, or hold a module without a source.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What is made of wasm/. */
const KERNELS = ['dist/import/kernels.wasm', 'dist/vision/kernels.wasm']
/** What is made of viewer/, last of all. */
const PAGE = 'dist/viewer/page/index.html'

/** Names of parts, as scripts/build.js has them. */
export function staleParts() {
  const script = 'scripts/build.js'
  const sources = filesBelow('src', '.ts')
  const built = filesBelow('dist', '.js').filter((name) => !/^(viewer|threads|program)\b/.test(name))
  const modules = built.map((name) => `dist/${name}.js`)
  const configs = ['tsconfig.json', 'tsconfig.build.json', script, 'scripts/bundles.js']
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
function isNewer(files, than) {
  const time = (path) => statSync(join(root, path)).mtimeMs
  const newest = Math.max(...than.map(time))
  return files.every((path) => existsSync(join(root, path)) && time(path) > newest)
}

function filesBelow(directory, extension) {
  try {
    return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith(extension))
      .map((path) => path.slice(0, -extension.length))
      .sort()
  } catch {
    return []
  }
}
