// What this machine has of all that mimicit can use, and what each part is good for. Each part is really tried: a package
// that is installed but does not start counts as broken.
import { execFile } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism, freemem, tmpdir, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { getHeapStatistics } from 'node:v8'
import zlib from 'node:zlib'
import { type ErrorParts, isMimicitError, MimicitError } from '../base/errors.js'
import { formatBytes } from '../base/format.js'
import { version } from '../base/version.js'
import { findFfmpeg } from '../import/video/ffmpeg.js'
import { encoderVersions } from '../vision/shrink.js'

/** `ok` = works; `absent` = not installed, which is no fault; `broken` = there, but of no use. */
export type PartState = 'ok' | 'absent' | 'broken'

/** A part of the machine, a program or a package. */
export interface Finding {
  readonly part: string
  readonly state: PartState
  /** Its version or size, or what is wrong with it. */
  readonly found: string
  /** What it is for. */
  readonly gives: string
}

/** Packages of each backend; the built-in one has none. */
const BACKENDS = [
  { name: 'wasm', packages: [], gives: 'the model anywhere, on one thread' },
  { name: 'node', packages: ['@tensorflow/tfjs-node'], gives: 'the model on all cores' },
  { name: 'node-gpu', packages: ['@tensorflow/tfjs-node-gpu'], gives: 'the model on a card of NVIDIA' },
  { name: 'webgpu', packages: ['webgpu', '@tensorflow/tfjs-backend-webgpu'], gives: 'the model on any graphics card' },
] as const

const PACKAGES = [
  ['onnxruntime-node', 'embeddings by models in ONNX, for similar contexts'],
  ['onnxruntime-web', 'the same without native code'],
  ['bullmq', 'parts of one job on several machines'],
] as const

/** Seconds until a backend that does not answer counts as broken. */
const START_SECONDS = 60
/** Exit code of a try whose packages are there, and nothing for them to run on. */
const NO_MACHINE = 4

const require = createRequire(import.meta.url)
const execute = promisify(execFile)

/** Tries everything. @param directory where data will be written */
export function examine(directory: string): Promise<Finding[]> {
  const heap = formatBytes(getHeapStatistics().heap_size_limit)
  const isFast = 'zstdDecompressSync' in zlib
  return Promise.all([
    tried('mimicit', `on ${process.platform} ${process.arch}`, () => version),
    tried('node', `${availableParallelism()} cores`, () => process.versions.node),
    tried('memory', `${heap} of it for objects of JavaScript`, () => {
      return `${formatBytes(totalmem())}, ${formatBytes(freemem())} free`
    }),
    tried('disk', directory, () => freeSpace(directory)),
    tried('temporary files', tmpdir(), () => freeSpace(tmpdir())),
    tried('zstd', isFast ? 'texts read at full speed' : 'texts read more slowly than with Node 22.15 or newer', () =>
      isFast ? 'of Node' : 'in WebAssembly',
    ),
    tried('pictures', 'decoded and resized', () => {
      const { sharp, vips } = encoderVersions()
      return `sharp ${sharp}, libvips ${vips}`
    }),
    tried('ffmpeg', 'frames of videos', async () => (await findFfmpeg()).version),
    ...BACKENDS.map(({ name, packages, gives }) =>
      packages.every(isInstalled)
        ? tried(`backend ${name}`, gives, () => startBackend(name))
        : absent(`backend ${name}`, gives, packages.join(' ')),
    ),
    ...PACKAGES.map(([name, gives]) =>
      isInstalled(name) ? tried(name, gives, () => 'installed') : absent(name, gives, name),
    ),
  ])
}

async function tried(part: string, gives: string, attempt: () => string | Promise<string>): Promise<Finding> {
  try {
    return { part, state: 'ok', found: await attempt(), gives }
  } catch (error) {
    const isMissing = isMimicitError(error) && error.code === 'MIMICIT_UNSUPPORTED'
    const said = isMimicitError(error) ? (error.parts.hint ?? error.message) : String((error as Error).message)
    return { part, state: isMissing ? 'absent' : 'broken', found: said, gives }
  }
}

async function absent(part: string, gives: string, packages: string): Promise<Finding> {
  return { part, state: 'absent', found: `npm install ${packages}`, gives }
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}

async function freeSpace(directory: string): Promise<string> {
  const { bavail, bsize } = await statfs(directory)
  return `${formatBytes(bavail * bsize)} free`
}

/** What `execFile` says of a process that failed. */
type Failed = Error & { readonly stdout?: string; readonly stderr?: string; readonly code?: number | string }

/** In a process of its own, which a driver may bring down: a product is made and read. @throws Error with what was said last, MimicitError where only the machine lacks something */
async function startBackend(name: string): Promise<string> {
  const backend = new URL('../tensors/backend.js', import.meta.url).href
  const script = `import { chooseBackend } from ${JSON.stringify(backend)}
const { tf } = await chooseBackend(${JSON.stringify(name)}).catch((error) => {
  // What was loaded and found no machine to run on is not broken.
  if (error.code !== 'MIMICIT_UNSUPPORTED' || error.cause !== undefined) throw error
  console.log(JSON.stringify(error.parts))
  process.exit(${NO_MACHINE})
})
const [value] = await tf.matMul(tf.ones([1, 64]), tf.ones([64, 1])).data()
if (value !== 64) throw new Error('1 times 1, 64 times, came to ' + value)
console.log('version ' + tf.version_core)
process.exit(0)`
  const args = ['--input-type=module', '--eval', script]
  const options = { cwd: fileURLToPath(new URL('.', import.meta.url)), timeout: START_SECONDS * 1000 }
  try {
    const { stdout } = await execute(process.execPath, args, options)
    return stdout.trim().split('\n').at(-1) ?? ''
  } catch (error) {
    const { stdout = '', stderr = '', message, code } = error as Failed
    if (code === NO_MACHINE) {
      const parts = JSON.parse(stdout.trim().split('\n').at(-1)!) as ErrorParts
      const hint = `its packages are there, ${parts.expected} is not. ${parts.hint}`
      throw new MimicitError('MIMICIT_UNSUPPORTED', { ...parts, hint })
    }
    const line = stderr.split('\n').find((text) => /Error: /.test(text)) ?? message
    throw new Error(line.replace(/^.*?Error: /, '').slice(0, 200))
  }
}
