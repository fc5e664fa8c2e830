// Source files of MIMIC-IT to import: large pictures, much text, or very many tiny things.
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { sharp } from '../src/vision/sharp.js'
import { syntheticPair } from './synthetic.js'

/** Pictures of 40 KB. Real PNG headers with noise behind them would not be pictures: a few real ones, each with a tail of its own. */
export async function writeImages(path: string, bytes: number): Promise<void> {
  const noise = Array.from({ length: 16 }, () => randomBytes(224 * 224 * 3))
  const raw = { width: 224, height: 224, channels: 3 } as const
  const pictures = await Promise.all(noise.map((pixels) => sharp(pixels, { raw }).jpeg({ quality: 90 }).toBuffer()))
  await writeEntries(path, '{', '}', { bytes }, (i) => {
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

/** Pairs of 1.3 KB without pictures. */
export async function writeInstructions(path: string, bytes: number): Promise<void> {
  const meta = '{"meta": {"version": "0.0.1", "time": "2023-06", "author": "ntu"}, "data": {'
  const id = (i: number) => `BIG_INS_${String(i).padStart(8, '0')}`
  await writeEntries(path, meta, '}}', { bytes }, (i) => {
    const { instruction, response } = syntheticPair(i)
    const related = Array.from({ length: Math.min(i, 3) }, (_, k) => id(i - k - 1))
    return `"${id(i)}": ${JSON.stringify({ instruction, answer: response, image_ids: [], rel_ins_ids: related })}`
  })
}

/** Pictures of 8 by 8 pixels. */
export async function writeTinyImages(path: string, count: number): Promise<void> {
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 200, g: 30, b: 40 } } })
    .png()
    .toBuffer()
  await writeEntries(path, '{', '}', count, (i) => {
    // Bytes behind the end of the picture make each file its own content.
    const bytes = Buffer.concat([picture, Buffer.from(String(i).padStart(8, '0'))])
    return `"${tinyImage(i)}": "${bytes.toString('base64')}"`
  })
}

/** Pairs of a line that name three of those pictures and two other pairs each. */
export async function writeTinyInstructions(path: string, count: number, pictures: number): Promise<void> {
  const id = (i: number) => `TINY_INS_${String((i + count) % count).padStart(8, '0')}`
  await writeEntries(path, '{"meta": {"version": "0.0.1"}, "data": {', '}}', count, (i) => {
    const record = {
      instruction: `What is in picture ${i}?`,
      answer: `A red square, number ${i}.`,
      image_ids: [i, 3 * i + 1, 7 * i + 2].map((n) => tinyImage(n % pictures)),
      rel_ins_ids: [id(i + 1), id(i - 1)],
    }
    return `"${id(i)}": ${JSON.stringify(record)}`
  })
}

const tinyImage = (i: number) => `TINY_IMG_${String(i).padStart(8, '0')}`

/** @param until bytes, as far as they are reached, or entries where they are counted */
async function writeEntries(
  path: string,
  open: string,
  close: string,
  until: number | { readonly bytes: number },
  entry: (i: number) => string,
) {
  const stream = createWriteStream(path)
  stream.write(open)
  const isDone = (i: number, written: number) => (typeof until === 'number' ? i >= until : written >= until.bytes)
  let parts: string[] = []
  for (let i = 0, written = 0; !isDone(i, written); i++) {
    const text = `${i === 0 ? '' : ', '}${entry(i)}`
    written += text.length
    parts.push(text)
    if (parts.length < 256) continue
    if (!stream.write(parts.join(''))) await new Promise((resolve) => stream.once('drain', () => resolve(undefined)))
    parts = []
  }
  await new Promise<void>((resolve) => stream.end(parts.join('') + close, () => resolve()))
}
