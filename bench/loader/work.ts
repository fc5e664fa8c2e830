// The work that loaders are measured with: photographs of COCO's size, made from those of the fixtures by crops and
// encoding anew, four turns of about 700 characters on each, and in-context examples drawn among the 32 neighbours of a
// query. The same pictures and texts also go into plain files, for rivals that do not read shards.
import { existsSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256 } from '../../src/base/hash.js'
import { mapInOrder } from '../../src/base/map-in-order.js'
import { type RandomStream, randomStream } from '../../src/base/random.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { sharp } from '../../src/vision/sharp.js'
import { shrinkPicture } from '../../src/vision/shrink.js'

/** Turns on each picture. */
const TURNS = 4
/** Contexts stored for each query. */
export const SHOTS = 3
/** Samples of a batch. */
export const BATCH = 8
/** Contexts of a query lie at most this many rows before or after it. */
const NEIGHBOURS = 16

/** The options that every stream of ours has; the tokenizer is that of MIMICIT_TOKENIZER, where there is one. */
export function loaderOptions(): LoaderOptions {
  const tokenizer = process.env.MIMICIT_TOKENIZER
  return {
    ...{ context: 'stored:near', shots: SHOTS, batchSize: BATCH, sharedVisuals: 'repeat', worker: true },
    ...(tokenizer === undefined ? {} : { tokenizer }),
  }
}

/** How much work. */
export interface WorkSize {
  readonly pictures: number
  /** Longest side, as `mimicit import --max-side` makes it. @default as they are */
  readonly maxSide?: number
  /** Pairs; the pictures are gone through again as often as it takes. @default four a picture */
  readonly pairs?: number
  /** Whether plain files are written too. */
  readonly plain?: boolean
  /** Characters of a response. */
  readonly characters?: number
}

/** Writes the work to a directory, if it is not there: `<dir>/set` is the data set, `<dir>/plain.json` and `jpegs.bin` what rivals read. */
export async function writeWork(dir: string, size: WorkSize): Promise<void> {
  // Written last: what was begun and not ended is begun anew.
  const [written, told] = [join(dir, 'work.json'), JSON.stringify(size)]
  if (existsSync(written) && readFileSync(written, 'utf8') === told) return
  rmSync(dir, { recursive: true, force: true })
  const { pictures, maxSide, pairs = TURNS * pictures, plain = false, characters = 580 } = size
  const writer = await createDataset(join(dir, 'set'))
  const jpegs = plain ? openSync(join(dir, 'jpegs.bin'), 'w') : undefined
  const lengths: number[] = []
  const numbers = Array.from({ length: pictures }, (_, i) => i)
  for await (const jpeg of mapInOrder(numbers, 4, photographs(await sources()))) {
    const shrunk = maxSide === undefined ? undefined : await shrinkPicture(jpeg.bytes, maxSide, 'bench')
    const { bytes, width, height } = shrunk ?? jpeg
    const facts = { format: 'jpeg', width, height, clip: null, frameTime: null }
    await writer.addMedia({ ids: [`IMG_${lengths.length}`], bytes, sha256: sha256(bytes), ...facts })
    if (jpegs !== undefined) writeSync(jpegs, bytes)
    lengths.push(bytes.byteLength)
  }
  const turns: { instruction: string; response: string; media: number }[] = []
  const words = sentences()
  const random = randomStream('loader work text')
  for (let i = 0; i < pairs; i++) {
    const media = Math.floor(i / TURNS) % pictures
    const turn = { instruction: textOf(words, 120, random), response: textOf(words, characters, random), media }
    if (plain) turns.push(turn)
    await writer.addPair({
      ...{ id: `LA_INS_${String(i).padStart(8, '0')}`, subset: 'LA', split: null, language: 'en' },
      ...{ instruction: turn.instruction, response: turn.response, metadata: null },
      ...{ mediaKind: 'images', media: [media], mediaIds: [`IMG_${media}`], mediaPositions: null, mediaTimes: null },
    })
  }
  const near = await writer.context('near', { name: 'stored', parameters: { neighbours: 2 * NEIGHBOURS } })
  const contexts: number[][] = []
  for (let query = 0; query < pairs; query++) {
    const drawn = neighboursOf(query, pairs, random)
    if (plain) contexts.push(drawn)
    await near.add({ query, contexts: drawn, scores: null })
  }
  await writer.finish({ tool: 'bench' })
  if (plain) writeFileSync(join(dir, 'plain.json'), JSON.stringify({ lengths, turns, contexts }))
  writeFileSync(written, told)
}

/** Three rows among the 32 around a query. */
function neighboursOf(query: number, pairs: number, random: RandomStream): number[] {
  const drawn = new Set<number>()
  while (drawn.size < SHOTS) {
    const row = query - NEIGHBOURS + random.below(2 * NEIGHBOURS + 1)
    if (row >= 0 && row < pairs && row !== query) drawn.add(row)
  }
  return [...drawn]
}

const fixture = (name: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../fixtures/mimicit/${name}`, import.meta.url)), 'utf8'))

/** Every sentence of the fixtures' answers. */
function sentences(): string[] {
  const { data } = fixture('LA_instructions.json') as { data: Record<string, { answer: string; instruction: string }> }
  const all = Object.values(data).flatMap(({ answer }) => answer.split(/(?<=[.!?])\s+/))
  return [...new Set(all)].filter((sentence) => sentence.length > 20)
}

function textOf(from: readonly string[], length: number, random: RandomStream): string {
  let made = from[random.below(from.length)]!
  while (made.length < length) made += ` ${from[random.below(from.length)]}`
  return made
}

/** The photographs of the fixtures, decoded. */
async function sources() {
  const images = fixture('LA.json') as Record<string, string>
  return Promise.all(
    Object.values(images).map(async (base64) => {
      const { data, info } = await sharp(Buffer.from(base64, 'base64')).raw().toBuffer({ resolveWithObject: true })
      return { data, width: info.width, height: info.height }
    }),
  )
}

/** A function from a number to a photograph of its own: a crop of at least 70 % a side, at the size of its source. */
function photographs(from: Awaited<ReturnType<typeof sources>>) {
  return async (i: number) => {
    const random = randomStream('loader work picture', i)
    const { data, width, height } = from[i % from.length]!
    const share = 0.7 + 0.3 * random.float()
    const crop = { width: Math.floor(width * share), height: Math.floor(height * share) }
    const left = random.below(width - crop.width + 1)
    const top = random.below(height - crop.height + 1)
    const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
      .extract({ left, top, ...crop })
      .resize(width, height, { fit: 'fill' })
      .jpeg({ quality: 90 + random.below(6) })
      .toBuffer()
    return { bytes: bytes as Uint8Array, width, height }
  }
}
