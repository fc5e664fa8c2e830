// Threads as one file each, the program as a few: a thread loads its modules anew, and the loader's alone has 360 of them,
// which took longer than everything else up to its first batch; `mimicit import` has 450, which took half a second of each
// run. What they import of ours and of others lies in the files, and the licences of the others beside them. Who uses the
// library gets its modules as they are.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
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

/** Packages that commands wait for at their start; all others are found where they were installed. */
const PROGRAM_PACKAGES = ['commander', 'hyparquet', 'hyparquet-writer', 'yaml', 'zod']

/** What takes a thread longest is that V8 reads the text of its modules; names stay, for the traces of errors. */
const minify = { compress: true, mangle: false, codegen: { removeWhitespace: true } }

/** Native code, and what only few threads ever load. */
const NATIVE = [/^node:/, /^sharp$/, /^@tensorflow\//, /^onnxruntime-/]

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
 * compile, and brings what only the others need. So the modules of the loader's thread that are wanted together lie in one file
 * each, in this order, with all that they import: without that, each that a rarer part imports too would be a file of its own.
 */
const AWAITED = { 'loader/worker': ['vision/decoder-threads', 'loader/worker-run'], 'vision/decoder-worker': [] }

/** Replaces the modules of threads in dist/ by bundles. */
export async function bundleThreads(dist = join(root, 'dist')) {
  const modules = threadModules()
  const used = new Set()
  const settings = { external: NATIVE, parts: 'threads', minify }
  for (const [path, together] of Object.entries(AWAITED)) await bundle(dist, [path], used, { ...settings, together })
  const others = modules.filter((path) => !(path in AWAITED))
  await bundle(dist, others, used, settings)
  writeLicences(join(dist, 'threads'), used)
}

const writeLicences = (directory, packages) =>
  writeFileSync(join(directory, 'LICENCES.txt'), [...packages].sort().map(licenceOf).join('\n'))

/** Replaces the module that the program starts from in dist/ by a bundle: a command loads its part, and what it shares with others. */
export async function bundleProgram(dist = join(root, 'dist')) {
  const used = new Set()
  // Their names, or files of theirs; modules of ours are relative, or absolute once they were found.
  const isElsewhere = (id) =>
    !/^[./]|^[A-Za-z]:/.test(id) && !PROGRAM_PACKAGES.some((name) => id === name || id.startsWith(`${name}/`))
  await bundle(dist, ['cli/main'], used, { external: isElsewhere, parts: 'program', minify: READABLE })
  writeLicences(join(dist, 'program'), used)
}

/** Lines stay too: traces of errors are read by people. */
const READABLE = { ...minify, codegen: { removeWhitespace: false } }

/**
 * Bundles some modules, which share what they have in common.
 * @param used gets the packages that are in them
 * @param parts the folder of what they share
 * @param together modules that lie in a file each with all that they import, apart from what an earlier one has
 */
async function bundle(dist, modules, used, { external, parts, minify, together = [] }) {
  const input = Object.fromEntries(modules.map((path) => [path, join(src, `${path}.ts`)]))
  const licences = {
    name: 'licences',
    transform: (_, id) => {
      const [, directory] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/')) ?? []
      if (directory !== undefined) used.add(directory)
    },
  }
  const made = await rolldown({ input, external, platform: 'node', plugins: [ownUrls, licences] })
  const names = { entryFileNames: '[name].js', chunkFileNames: `${parts}/[name]-[hash].js` }
  const groups = together.map((path, i) => ({
    name: basename(path),
    test: join(src, `${path}.ts`),
    priority: together.length - i,
  }))
  await made.write({ dir: dist, format: 'esm', minify, codeSplitting: { groups }, ...names })
  await made.close()
}

/** Name, version and licence of a package. */
function licenceOf(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? '' : `\n${readFileSync(join(directory, file), 'utf8')}`
  return `${name} ${version} (${license})\n${text}`
}
