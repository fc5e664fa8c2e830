// What an import costs: a large images file and a large instructions file of MIMIC-IT, against Python's json.load and
// base64 decode on the same files, a plain streaming read, and what no importer can do without.
// `npm run bench -- import [MB of images] [MB of instructions]`
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bench, median, timed } from './harness.js'
import { plainRead, scanAndCompress, scanAndWrite } from './import-bounds.js'
import { writeImages, writeInstructions } from './import-data.js'
import { inProcess } from './in-process.js'

const ROUNDS = 3

/** Measures the import. */
export const importBench: Bench = async (report, [imagesMb = '2000', instructionsMb = '1000']) => {
  const root = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  try {
    const images = join(root, 'BIG.json')
    const instructions = join(root, 'BIG_instructions.json')
    const none = join(root, 'NONE_instructions.json')
    await writeImages(images, Number(imagesMb) * 1e6)
    await writeInstructions(instructions, Number(instructionsMb) * 1e6)
    await writeInstructions(none, 0)
    const [picturesBound, textBound] = ['scan + base64 + SHA-256 + write', 'scan + UTF-8 + zstd on two cores + write']
    const pictures = { name: 'images', path: images, args: [none, '--images', images], hasPictures: true }
    const text = { name: 'instructions', path: instructions, args: [instructions], hasPictures: false }
    await compare({ ...pictures, bound: scanAndWrite, boundName: picturesBound }, report)
    await compare({ ...text, bound: scanAndCompress, boundName: textBound }, report)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Of one import. */
export interface Measured {
  readonly ms: number
  /** Of all threads, the start of the process included. */
  readonly cpuMs: number
  readonly peakMb: number
}

interface Contest {
  readonly name: string
  readonly path: string
  /** Arguments of `mimicit import`. */
  readonly args: readonly string[]
  /** What no importer can do without, and its name. */
  readonly bound: (path: string, out: string) => Promise<void>
  readonly boundName: string
  /** Whether Python decodes base64 as well. */
  readonly hasPictures: boolean
}

async function compare({ name, path, args, bound, boundName, hasPictures }: Contest, report: Parameters<Bench>[0]) {
  const ours: Measured[] = []
  const python: Measured[] = []
  const reads: number[] = []
  const bounds: number[] = []
  const boundCpu: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const out = `${path}-out-${round}`
    ours.push(await inProcess<Measured>('import-files.js', ...args, '--out', out))
    rmSync(out, { recursive: true, force: true })
    reads.push(await timed(() => plainRead(path)))
    const before = process.cpuUsage()
    bounds.push(await timed(() => bound(path, `${path}-bound`)))
    const { user, system } = process.cpuUsage(before)
    boundCpu.push((user + system) / 1000)
    rmSync(`${path}-bound`, { force: true })
    const measured = pythonLoad(path, hasPictures)
    if (measured !== undefined) python.push(measured)
  }
  const megabytes = statSync(path).size / 1e6
  const rate = (ms: readonly number[]) => (megabytes / median(ms)) * 1000
  const mine = rate(ours.map(({ ms }) => ms))
  const peak = median(ours.map(({ peakMb }) => peakMb))
  const against = (rival: string, theirs: number) =>
    report({ metric: `${name}: imported`, value: mine, unit: 'MB/s', bound: theirs, rival, ratio: mine / theirs })
  against('plain read', rate(reads))
  against(boundName, rate(bounds))
  // Where other work fills the cores, these tell more than the clock.
  const cpu = median(ours.map(({ cpuMs }) => cpuMs)) / 1000
  const spent = (rival: string, theirs: number) =>
    report({ metric: `${name}: processor time`, value: cpu, unit: 's', bound: theirs, rival, ratio: cpu / theirs })
  spent(boundName, median(boundCpu) / 1000)
  report({ metric: `${name}: peak memory`, value: peak, unit: 'MB' })
  if (python.length === 0) return
  const rival = hasPictures ? 'Python json.load + base64 decode' : 'Python json.load'
  against(rival, rate(python.map(({ ms }) => ms)))
  spent(rival, median(python.map(({ cpuMs }) => cpuMs)) / 1000)
  const theirPeak = median(python.map(({ peakMb }) => peakMb))
  report({ metric: `${name}: peak memory`, value: peak, unit: 'MB', bound: theirPeak, rival, ratio: peak / theirPeak })
}

function pythonLoad(path: string, hasPictures: boolean): Measured | undefined {
  const decode = hasPictures ? 'decoded = {k: base64.b64decode(v) for k, v in data.items()}' : 'pass'
  const code = `
import base64, json, resource, time
began = time.time()
used = time.process_time()
data = json.load(open(${JSON.stringify(path)}, 'rb'))
${decode}
print(json.dumps({'ms': (time.time() - began) * 1000, 'cpuMs': (time.process_time() - used) * 1000, 'peakMb': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6}))
`
  const { status, stdout } = spawnSync('python3', ['-c', code], { encoding: 'utf8', maxBuffer: 1e6 })
  return status === 0 ? (JSON.parse(stdout) as Measured) : undefined
}
