// The same input gives the same bytes on every version of Node that we support, and each reads what all of them wrote:
// import, rewrite and verify with the built program. Needs the package registry, which has Node itself as packages.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { freshDist, ROOT } from '../fresh-dist.js'
import { fixture, SOURCES } from '../support/fixtures.js'
import { FORMAT_1_SETS } from '../support/format-1.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const main = join(ROOT, 'dist/cli/main.js')

beforeAll(freshDist)

/** Installs a version of Node. @returns its binary, or what npm said */
function installNode(version: string): { readonly binary: string } | { readonly failure: string } {
  const { platform, arch } = process
  const name = `node-${platform === 'darwin' && arch === 'arm64' ? 'bin-' : ''}${platform}-${arch}`
  const prefix = join(dir, `node-${version}`)
  const args = ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', `${name}@${version}`]
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8' })
  if (status !== 0) return { failure: `${stdout}${stderr}` }
  return { binary: join(prefix, 'node_modules', name, 'bin', 'node') }
}

/** Makes a data set in every form with a Node. @returns the SHA-256 of each file but those that name times */
function makeWith(node: string, out: string): Record<string, string> {
  const mimicit = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(node, [main, ...args], { encoding: 'utf8' })
    // A warning of Node on stderr would be seen by every user.
    expect([status, stderr], `${node} mimicit ${args.join(' ')}\n${stdout}`).toEqual([0, ''])
  }
  const source = [...SOURCES.instructions, '--images', ...SOURCES.images, '--train', ...SOURCES.train]
  const at = (name: string) => join(out, name)
  mimicit('import', ...source, '--out', at('parquet'))
  mimicit('rewrite', at('parquet'), '--format', 'arrow', '--out', at('arrow'))
  mimicit('rewrite', at('arrow'), '--out', at('back'))
  mimicit('rewrite', at('parquet'), '--compat', '--out', at('compat'))
  mimicit('split', at('parquet'), '--test', '0.2', '--seed', '1', '--out', at('split'))
  mimicit('merge', at('parquet'), at('split'), '--namespace', 'a', 'b', '--out', at('merged'))
  for (const name of ['arrow', 'merged']) mimicit('verify', at(name))
  for (const set of FORMAT_1_SETS) mimicit('verify', fixture(`format-1/${set}`))
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).sort()
  return Object.fromEntries(
    files
      .filter((path) => statSync(join(out, path)).isFile() && !path.endsWith('provenance.json'))
      .map((path) => [
        path,
        createHash('sha256')
          .update(readFileSync(join(out, path)))
          .digest('hex'),
      ]),
  )
}

let ours: Record<string, string>
beforeAll(() => {
  ours = makeWith(process.execPath, join(dir, 'ours'))
})

test('there is something to compare', () => {
  expect(Object.keys(ours).length).toBeGreaterThan(60)
})

const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { engines: { node: string } }
const oldest = `${engines.node.replace('>=', '')}.0`

// Those from 22 on have zstd of their own, which reads but must never write.
test.for([oldest, '22', '24', '26'])('Node %s writes the same bytes', (version, { skip }) => {
  const node = installNode(version)
  if ('failure' in node) {
    if (process.env.MIMICIT_LONG !== '1') skip(`Node ${version} cannot be fetched from the registry`)
    throw new Error(`Node ${version} cannot be fetched from the registry:\n${node.failure}`)
  }
  expect(makeWith(node.binary, join(dir, `made-by-${version}`))).toEqual(ours)
})
