// Builds dist/: JavaScript and type declarations from src/, threads and the program as bundles (bundles.js), WebAssembly from wasm/
// (AssemblyScript), the page of the viewer from viewer/ (Vite). `npm ci` runs it as `prepare`, so that a fresh clone has a
// working `npx mimicit`; an installation without development dependencies has no compiler and keeps the dist/ it came with.
// Parts that are up to date stay as they are: npm runs `prepare` again at the first `npx mimicit` of a clone, beside whatever
// already uses dist/.
// `node scripts/build.js modules page` makes those parts in any case.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { staleParts } from './stale-parts.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const require = createRequire(import.meta.url)

/** Path of a compiler's program, or undefined if its package is not installed. */
function compilerPath(name, ...program) {
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), ...program)
  } catch {
    return undefined
  }
}

function run(program, ...args) {
  const { status } = spawnSync(process.execPath, [program, ...args], { stdio: 'inherit', cwd: root })
  if (status !== 0) process.exit(status ?? 1)
}

const typescript = compilerPath('typescript', 'bin', 'tsc')
const assemblyScript = compilerPath('assemblyscript', 'bin', 'asc.js')
const vite = compilerPath('vite', 'bin', 'vite.js')

/** What dist/ consists of, and how each part is made from nothing, whatever became of the others. */
const parts = {
  async modules() {
    const others = [/^\w+\/kernels\.wasm$/, /^viewer\/page\//]
    for (const path of existsSync(dist) ? readdirSync(dist, { recursive: true, encoding: 'utf8' }) : []) {
      const isFile = statSync(join(dist, path)).isFile()
      if (isFile && !others.some((other) => other.test(path.replaceAll('\\', '/')))) rmSync(join(dist, path))
    }
    run(typescript, '-p', 'tsconfig.build.json')
    // Not there where development dependencies were left out.
    const { bundleProgram, bundleThreads } = await import('./bundles.js')
    await bundleThreads(dist)
    await bundleProgram(dist)
    const bin = join(dist, 'cli', 'main.js')
    if (existsSync(bin)) chmodSync(bin, 0o755)
  },
  kernels() {
    const options = ['-O3', '--noAssert', '--converge', '--enable', 'simd', '--runtime', 'stub']
    for (const room of ['import', 'vision']) {
      run(assemblyScript, `wasm/${room}/index.ts`, '--outFile', `dist/${room}/kernels.wasm`, ...options)
    }
  },
  page() {
    run(vite, 'build', 'viewer')
  },
}

if (typescript === undefined || assemblyScript === undefined || vite === undefined) {
  const state = existsSync(join(dist, 'index.js')) ? 'keeping the dist/ that is here' : 'dist/ is missing'
  console.log(`mimicit: no compilers installed (development dependencies were omitted); ${state}`)
} else {
  const named = process.argv.slice(2)
  const wanted = named.length === 0 ? staleParts() : named
  for (const [name, make] of Object.entries(parts)) if (wanted.includes(name)) await make()
}
