// What an import costs: a large images file and a large instructions file of MIMIC-IT, against Python's json.load and
// base64 decode on the same files, a plain streaming read, and scan + base64 + SHA-256 + write.
// `npm run bench -- import [MB of images] [MB of instructions]`
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { imageEntries } from '../src/import/mimic-it/images.js'
import { openFile } from '../src/io/directory.js'
import { createSink } from '../src/io/sink.js'
import { sharp } from '../src/vision/sharp.js'
import { type Bench, median, timed } from './harness.js'
import { inProcess } from './in-process.js'
import { syntheticPair } from './synthetic.js'

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
    await compare('images', images, [none, images], report, true)
    await compare('instructions', instructions, [instructions], report, false)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

interface Measured {
  readonly ms: number
  readonly peakMb: number
}

async function compare(
  name: string,
  path: string,
  [instructions, images]: readonly string[],
  report: Parameters<Bench>[0],
  hasPictures: boolean,
): Promise<void> {
  const ours: Measured[] = []
  const python: Measured[] = []
  const reads: number[] = []
  const bounds: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const out = `${path}-out-${round}`
    ours.push(
      await inProcess<Measured>('import-files.js', out, instructions!, ...(images === undefined ? [] : [images])),
    )
    rmSync(out, { recursive: true, force: true })
    reads.push(await timed(() => plainRead(path)))
    if (hasPictures) bounds.push(await timed(() => scanAndWrite(path, `${path}-pictures`)))
    rmSync(`${path}-pictures`, { force: true })
    const measured = pythonLoad(path, hasPictures)
    if (measured !== undefined) python.push(measured)
  }
  const megabytes = statSync(path).size / 1e6
  const rate = (ms: readonly number[]) => (megabytes / median(ms)) * 1000
  const mine = rate(ours.map(({ ms }) => ms))
  report({ metric: `${name}: imported`, value: mine, unit: 'MB/s', bound: rate(reads), rival: 'bound: plain read' })
  const peak = median(ours.map(({ peakMb }) => peakMb))
  report({ metric: `${name}: peak memory`, value: peak, unit: 'MB' })
  if (hasPictures) {
    const bound = rate(bounds)
    report({
      metric: `${name}: imported`,
      value: mine,
      unit: 'MB/s',
      bound,
      rival: 'scan + base64 + SHA-256 + write',
      ratio: mine / bound,
    })
  }
  if (python.length === 0) return
  const theirs = rate(python.map(({ ms }) => ms))
  const rival = hasPictures ? 'Python json.load + base64 decode' : 'Python json.load'
  report({ metric: `${name}: imported`, value: mine, unit: 'MB/s', bound: theirs, rival, ratio: mine / theirs })
  const theirPeak = median(python.map(({ peakMb }) => peakMb))
  report({ metric: `${name}: peak memory`, value: peak, unit: 'MB', bound: theirPeak, rival, ratio: peak / theirPeak })
}

async function plainRead(path: string): Promise<void> {
  for await (const _ of createReadStream(path, { highWaterMark: 1 << 20 }));
}

/** The least that any importer has to do. */
async function scanAndWrite(path: string, out: string): Promise<void> {
  const file = await openFile(path)
  const sink = await createSink(out)
  for await (const { bytes } of imageEntries(file)) {
    createHash('sha256').update(bytes).digest()
    await sink.write(bytes)
  }
  await sink.finish()
  await file.close()
}

function pythonLoad(path: string, hasPictures: boolean): Measured | undefined {
  const decode = hasPictures ? 'decoded = {k: base64.b64decode(v) for k, v in data.items()}' : 'pass'
  const code = `
import base64, json, resource, time
began = time.time()
data = json.load(open(${JSON.stringify(path)}, 'rb'))
${decode}
print(json.dumps({'ms': (time.time() - began) * 1000, 'peakMb': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6}))
`
  const { status, stdout } = spawnSync('python3', ['-c', code], { encoding: 'utf8', maxBuffer: 1e6 })
  return status === 0 ? (JSON.parse(stdout) as Measured) : undefined
}

/** Real PNG headers with noise behind them would not be pictures: a few real ones, each with a tail of its own. */
async function writeImages(path: string, bytes: number): Promise<void> {
  const noise = Array.from({ length: 16 }, () => randomBytes(224 * 224 * 3))
  const raw = { width: 224, height: 224, channels: 3 } as const
  const pictures = await Promise.all(noise.map((pixels) => sharp(pixels, { raw }).jpeg({ quality: 90 }).toBuffer()))
  await writeEntries(path, '{', '}', bytes, (i) => {
    // A comment segment behind the start marker makes each file its own content.
    const picture = pictures[i % pictures.length]!
    const comment = Buffer.alloc(12)
    comment.writeUInt16BE(0xfffe, 0)
    comment.writeUInt16BE(10, 2)
    comment.writeDoubleBE(i, 4)
    const bytes = Buffer.concat([picture.subarray(0, 2), comment, picture.subarray(2)])
    return `"BIG_IMG_${String(i).padStart(8, '0')}": "${bytes.toString('base64')}"`
  })
}

async function writeInstructions(path: string, bytes: number): Promise<void> {
  const meta = '{"meta": {"version": "0.0.1", "time": "2023-06", "author": "ntu"}, "data": {'
  const id = (i: number) => `BIG_INS_${String(i).padStart(8, '0')}`
  await writeEntries(path, meta, '}}', bytes, (i) => {
    const { instruction, response } = syntheticPair(i)
    const related = Array.from({ length: Math.min(i, 3) }, (_, k) => id(i - k - 1))
    return `"${id(i)}": ${JSON.stringify({ instruction, answer: response, image_ids: [], rel_ins_ids: related })}`
  })
}

async function writeEntries(path: string, open: string, close: string, bytes: number, entry: (i: number) => string) {
  const stream = createWriteStream(path)
  stream.write(open)
  for (let i = 0, written = 0; written < bytes; i++) {
    const text = `${i === 0 ? '' : ', '}${entry(i)}`
    written += text.length
    if (!stream.write(text)) await new Promise((resolve) => stream.once('drain', () => resolve(undefined)))
  }
  await new Promise<void>((resolve) => stream.end(close, () => resolve()))
}
