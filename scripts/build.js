// Builds dist/ (JavaScript and type declarations) from src/. `npm ci` runs it as `prepare`, so that a fresh clone has a
// working `npx mimicit`; an installation without development dependencies has no compiler and keeps the dist/ it came with.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)

function compilerPath() {
  try {
    return join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  } catch {
    return undefined
  }
}

const compiler = compilerPath()
if (compiler === undefined) {
  const state = existsSync(join(root, 'dist', 'index.js')) ? 'keeping the dist/ that is here' : 'dist/ is missing'
  console.log(`mimicit: no TypeScript compiler installed (development dependencies were omitted); ${state}`)
} else {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  const run = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
  if (run.status !== 0) process.exit(run.status ?? 1)
  const bin = join(root, 'dist', 'cli', 'main.js')
  if (existsSync(bin)) chmodSync(bin, 0o755)
}
