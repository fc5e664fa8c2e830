// What a picture costs on its way to the model: decoding and scaling against sharp alone and libjpeg-turbo alone, and
// normalising against copying. CPU time a picture, contenders taking turns, medians; and pictures a second on all cores.
// `npm run bench -- vision [rounds]`. Builds the WebAssembly first.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import type { JpegOptions } from 'sharp'
import { mapInOrder } from '../src/base/map-in-order.js'
import { createPictureDecoder } from '../src/vision/decoder.js'
import { createDecoderThreads } from '../src/vision/decoder-threads.js'
import { pixelWriter } from '../src/vision/normalise.js'
import { sharp } from '../src/vision/sharp.js'
import { type Bench, cpuInTurn, median, timed } from './harness.js'
import { buildPackage } from './loader/contender.js'

type Pictures = readonly Uint8Array[]
type Work = (pictures: Pictures) => Promise<unknown>

const SIZE = 224
const IN_FLIGHT = 4
const squash = { size: SIZE, transform: 'squash' } as const

/** Measures pictures. */
export const visionBench: Bench = async (report, [rounds = '9']) => {
  buildPackage()
  const times = Number(rounds)
  const halved = await photographs({ chromaSubsampling: '4:2:0' })
  const whole = await photographs({ chromaSubsampling: '4:4:4' })
  const progressive = await photographs({ progressive: true })
  const pngs = await Promise.all(
    halved.slice(0, 8).map((bytes) => sharp(bytes).png({ compressionLevel: 6 }).toBuffer()),
  )
  const decoder = createPictureDecoder(squash)
  const ours: Work = (pictures) => all(pictures, (bytes) => decoder.decode(bytes, 'bench'))
  const turbo = libjpegTurbo()

  for (const [name, pictures] of [
    ['JPEG, chroma halved', halved],
    ['JPEG, chroma whole', whole],
    ['progressive JPEG', progressive],
    ['PNG', pngs],
  ] as const) {
    const isJpeg = name.startsWith('JPEG')
    const cpu = await cpuInTurn<string>(times, {
      sharp: () => sharpAlone(pictures),
      ...(isJpeg && turbo !== undefined ? { turbo: () => turbo(pictures) } : {}),
      ours: () => ours(pictures),
    })
    const each = (ms: number) => ms / pictures.length
    const row = (who: string, ms: number) => ({ metric: `${name}: ${who}`, value: each(ms), unit: 'CPU ms' })
    report(row('sharp alone', cpu.sharp!))
    if (cpu.turbo !== undefined) report(row('libjpeg-turbo, decoded only', cpu.turbo))
    report({
      ...row('ours', cpu.ours!),
      ...(cpu.turbo === undefined ? {} : { bound: each(cpu.turbo) }),
      rival: 'sharp alone is so many times slower',
      ratio: cpu.sharp! / cpu.ours!,
    })
  }
  await decoder.close()
  await scaling(report, times, halved.slice(0, 4))
  await onAllCores(report, times, halved)
  await normalising(report, times)
}

/** Pictures of 640 x 480 cut out of the photographs of the fixtures, encoded anew at qualities 90 to 95. */
async function photographs(options: JpegOptions): Promise<Pictures> {
  const file = new URL('../fixtures/mimicit/LA.json', import.meta.url)
  const sources = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
  const cuts = sources.flatMap((source) => [0, 1, 2].map((cut) => [Buffer.from(source, 'base64'), cut] as const))
  const made = mapInOrder(cuts, IN_FLIGHT, async ([source, cut]) => {
    const { width, height } = await sharp(source).metadata()
    const region = { width: width - 20, height: height - 20, left: cut * 10, top: cut * 7 }
    return sharp(source)
      .extract(region)
      .resize(width < height ? 480 : 640, width < height ? 640 : 480, { fit: 'fill' })
      .jpeg({ quality: 90 + ((cut * 5) >> 1), ...options })
      .toBuffer()
  })
  const encoded: Uint8Array[] = []
  for await (const bytes of made) encoded.push(bytes)
  return encoded
}

/** Some work on every picture, several at a time. */
async function all(pictures: Pictures, work: (bytes: Uint8Array) => Promise<unknown>): Promise<void> {
  for await (const _ of mapInOrder(pictures, IN_FLIGHT, work));
}

const sharpAlone: Work = (pictures) =>
  all(pictures, (bytes) =>
    sharp(bytes, { ignoreIcc: true })
      .resize(SIZE, SIZE, { fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false })
      .raw()
      .toBuffer(),
  )

/** The decoder alone, where `@julusian/jpeg-turbo` can be found (NODE_PATH); nothing of ours depends on it. */
function libjpegTurbo(): Work | undefined {
  try {
    const turbo = createRequire(import.meta.url)('@julusian/jpeg-turbo') as {
      readonly FORMAT_RGB: number
      decompressSync(bytes: Uint8Array, options: { readonly format: number }): unknown
    }
    return async (pictures) => {
      for (const bytes of pictures) turbo.decompressSync(bytes, { format: turbo.FORMAT_RGB })
    }
  } catch {
    return undefined
  }
}

/** Large photographs, decoded whole and at a part of their size. */
async function scaling(report: Parameters<Bench>[0], rounds: number, pictures: Pictures): Promise<void> {
  const large = await Promise.all(
    pictures.map((bytes) => sharp(bytes).resize(2560, 1920, { fit: 'fill' }).jpeg({ quality: 92 }).toBuffer()),
  )
  const contender = (decoderScaling: boolean) => {
    const decoder = createPictureDecoder({ ...squash, decoderScaling })
    return () => all(large, (bytes) => decoder.decode(bytes, 'bench'))
  }
  const cpu = await cpuInTurn(rounds, {
    sharp: () => sharpAlone(large),
    whole: contender(false),
    scaled: contender(true),
  })
  const row = (who: string, ms: number) => ({
    metric: `JPEG of 2560 x 1920: ${who}`,
    value: ms / large.length,
    unit: 'CPU ms',
  })
  report(row('sharp alone', cpu.sharp!))
  for (const [who, ms] of [
    ['ours', cpu.whole!],
    ['ours, decoderScaling', cpu.scaled!],
  ] as const) {
    report({ ...row(who, ms), rival: 'sharp alone is so many times slower', ratio: cpu.sharp! / ms })
  }
}

/** Pictures a second with a thread for each core. */
async function onAllCores(report: Parameters<Bench>[0], rounds: number, pictures: Pictures): Promise<void> {
  const cores = availableParallelism()
  const threads = createDecoderThreads({ threads: cores, concurrency: cores })
  const decoder = threads.decoder(squash)
  const many = [...pictures, ...pictures, ...pictures]
  // The bytes are handed over to a thread, so each picture is a copy, as one that was read would be.
  const ours = () => Promise.all(many.map((bytes) => decoder.decode(new Uint8Array(bytes), 'bench')))
  const times: Record<'sharp' | 'ours', number[]> = { sharp: [], ours: [] }
  for (let round = 0; round <= rounds; round++) {
    const [a, b] = [await timed(() => sharpAlone(many)), await timed(ours)]
    if (round === 0) continue
    times.sharp.push(a)
    times.ours.push(b)
  }
  await threads.close()
  const rate = (ms: readonly number[]) => (many.length / median(ms)) * 1000
  report({ metric: `sharp alone, ${IN_FLIGHT} in flight, ${cores} cores`, value: rate(times.sharp), unit: '/s' })
  report({
    ...{ metric: `ours, ${cores} threads`, value: rate(times.ours), unit: '/s', rival: 'sharp alone' },
    ratio: rate(times.ours) / rate(times.sharp),
  })
}

/** Decoded pictures into a batch, against copying as many bytes as are written. */
async function normalising(report: Parameters<Bench>[0], rounds: number): Promise<void> {
  const picture = SIZE * SIZE * 3
  const count = 32
  const pixels = Array.from({ length: count }, (_, i) => new Uint8Array(picture).fill(i))
  const floats = { from: new Float32Array(picture * count), to: new Float32Array(picture * count) }
  const bytes = { from: new Uint8Array(picture * count), to: new Uint8Array(picture * count) }
  for (const type of ['float32', 'uint8'] as const) {
    const { from, to } = type === 'float32' ? floats : bytes
    for (const layout of ['NCHW', 'NHWC'] as const) {
      const write = pixelWriter({ type, layout, normalisation: 'clip', decoded: layout })
      const cpu = await cpuInTurn(rounds * 3, {
        ours: async () => {
          for (let again = 0; again < 4; again++) for (let i = 0; i < count; i++) write(pixels[i]!, to, i * picture)
        },
        copy: async () => {
          for (let again = 0; again < 4; again++) {
            for (let i = 0; i < count; i++) to.set(from.subarray(i * picture, (i + 1) * picture), i * picture)
          }
        },
      })
      report({
        ...{ metric: `pixels into a batch, ${type} ${layout}`, value: (cpu.ours! / count / 4) * 1000, unit: 'CPU µs' },
        ...{
          bound: (cpu.copy! / count / 4) * 1000,
          rival: 'share of the speed of copying',
          ratio: cpu.copy! / cpu.ours!,
        },
      })
    }
  }
}
