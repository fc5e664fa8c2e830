// Builds dist/: JavaScript and type declarations from src/, WebAssembly from wasm/ (AssemblyScript), the page of the viewer
// from viewer/ (Vite). `npm ci` runs it as `prepare`, so that a fresh clone has a
// working `npx mimicit`; an installation without development dependencies has no compiler and keeps the dist/ it came with.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
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
if (typescript === undefined || assemblyScript === undefined || vite === undefined) {
  const state = existsSync(join(root, 'dist', 'index.js')) ? 'keeping the dist/ that is here' : 'dist/ is missing'
  console.log(`mimicit: no compilers installed (development dependencies were omitted); ${state}`)
} else {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  run(typescript, '-p', 'tsconfig.build.json')
  const options = ['-O3', '--noAssert', '--converge', '--enable', 'simd', '--runtime', 'stub']
  for (const room of ['import', 'vision']) {
    run(assemblyScript, `wasm/${room}/index.ts`, '--outFile', `dist/${room}/kernels.wasm`, ...options)
  }
  run(vite, 'build', 'viewer')
  const bin = join(root, 'dist', 'cli', 'main.js')
  if (existsSync(bin)) chmodSync(bin, 0o755)
}
