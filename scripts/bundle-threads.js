// Threads as one file each: a thread loads its modules anew, and the loader's alone has 360 of them, which took longer than
// everything else up to its first batch. What they import of ours and of others lies in the file, and the licences of the
// others beside it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')

/** Modules that threads start from, below src/, without their extension. */
export function threadModules() {
  const paths = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('worker.ts'))
  const modules = paths.filter((path) => readFileSync(join(src, path), 'utf8').includes('parentPort'))
  return modules.map((path) => path.replaceAll('\\', '/').slice(0, -'.ts'.length)).sort()
}

/** What takes a thread longest is that V8 reads the text of its modules; names stay, for the traces of errors. */
const minify = { compress: true, mangle: false, codegen: { removeWhitespace: true } }

/** Native code, and what only few threads ever load. */
const external = [/^node:/, /^sharp$/, /^@tensorflow\//, /^onnxruntime-/]

/** Modules find files beside them by their URL, which has to stay that of the module: dist/ has each of them. */
const ownUrls = {
  name: 'own-urls',
  transform: {
    filter: { id: /\/src\/.*\.ts$/, code: 'import.meta.url' },
    handler: (code, id) => {
      const path = relative(src, id).replaceAll('\\', '/').replace(/\.ts$/, '.js')
      return code.replaceAll('import.meta.url', `__urlOf(${JSON.stringify(path)})`)
    },
  },
  renderChunk(code, { fileName }) {
    return code.replaceAll(/__urlOf\([`"']([^`"']+)[`"']\)/g, (_, path) => {
      const up = relative(dirname(fileName), path).replaceAll('\\', '/')
      return `new URL(${JSON.stringify(up.startsWith('.') ? up : `./${up}`)}, import.meta.url).href`
    })
  },
}

/**
 * Threads that a first batch waits for: each is bundled by itself, since a file that it shares with others is one more to find, read and
 * compile, and brings what only the others need.
 */
const AWAITED = ['loader/worker', 'vision/decoder-worker']

/** Replaces the modules of threads in dist/ by bundles. */
export async function bundleThreads(dist = join(root, 'dist')) {
  const modules = threadModules()
  const used = new Set()
  for (const path of AWAITED) await bundle(dist, [path], used)
  const others = modules.filter((path) => !AWAITED.includes(path))
  await bundle(dist, others, used)
  writeFileSync(join(dist, 'threads', 'LICENCES.txt'), [...used].sort().map(licenceOf).join('\n'))
}

/** Bundles some threads, which share what they have in common. @param used gets the packages that are in them */
async function bundle(dist, modules, used) {
  const input = Object.fromEntries(modules.map((path) => [path, join(src, `${path}.ts`)]))
  const licences = {
    name: 'licences',
    transform: (_, id) => {
      const [, directory] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/')) ?? []
      if (directory !== undefined) used.add(directory)
    },
  }
  const made = await rolldown({ input, external, platform: 'node', plugins: [ownUrls, licences] })
  const names = { entryFileNames: '[name].js', chunkFileNames: 'threads/[name]-[hash].js' }
  await made.write({ dir: dist, format: 'esm', minify, ...names })
  await made.close()
}

/** Name, version and licence of a package. */
function licenceOf(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? '' : `\n${readFileSync(join(directory, file), 'utf8')}`
  return `${name} ${version} (${license})\n${text}`
}
