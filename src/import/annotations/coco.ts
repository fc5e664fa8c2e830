// COCO: captions and instances files, in any number and order; what they say of the same picture comes out together.
// A picture is named by its number with twelve digits, as its file is.
import { z } from 'zod'
import { MimicitError } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { jsonItems, parseEntry } from '../json-stream.js'
import { annotation, type NormalisedBox, type VisualCaption, type VisualObject } from './annotation.js'
import { type AnnotationSet, inTurn, parseRecord } from './annotation-set.js'
import { Groups } from './groups.js'

const number = z.number()
const image = z.object({ id: z.int().nonnegative(), width: number.positive(), height: number.positive() })
const category = z.object({ id: z.int(), name: z.string() })
const annotated = z.union([
  z.object({ image_id: z.int(), caption: z.string() }),
  z.object({
    image_id: z.int(),
    category_id: z.int(),
    bbox: z.tuple([number, number, number, number]),
    iscrowd: number.optional(),
  }),
])

/** A thing whose box is not in its picture. */
interface Misplaced {
  readonly category: string
  readonly outside: string
}

type Said = Omit<VisualCaption, 'mediaId'> | Omit<VisualObject, 'mediaId'> | Misplaced

/** A picture, with the number of its group. */
type Seen = readonly [group: number, width: number, height: number]

/** `coco` */
export const cocoAnnotations: AnnotationSet = {
  title: 'COCO: captions_*.json and instances_*.json, together or alone',
  async *read(paths, scratch) {
    const groups = new Groups<Said>(scratch)
    const pictures = new Map<number, Seen>()
    try {
      for await (const file of inTurn(paths, scratch)) await readFile(file, pictures, groups)
      for (const [number, [group]] of pictures) {
        const mediaId = String(number).padStart(12, '0')
        const captions: VisualCaption[] = []
        const objects: VisualObject[] = []
        const faults: string[] = []
        for (const said of groups.values(group)) {
          if ('text' in said) captions.push({ ...said, mediaId })
          else if ('outside' in said) faults.push(`${said.category}: ${said.outside}`)
          else objects.push({ ...said, mediaId })
        }
        if (captions.length + objects.length + faults.length === 0) continue
        const told = faults.length > 0 && { faults }
        yield annotation({ id: mediaId, mediaKind: 'images', mediaIds: [mediaId], captions, objects, ...told })
      }
    } finally {
      groups.close()
    }
  },
}

async function readFile(file: ReadableFile, pictures: Map<number, Seen>, groups: Groups<Said>): Promise<void> {
  for await (const entry of jsonItems(file, ['images'])) {
    const { id, width, height } = parseRecord(image, parseEntry(file, entry), `${file.path}, image ${entry.key}`)
    if (!pictures.has(id)) pictures.set(id, [groups.start(), width, height])
  }
  // They stand behind the annotations that need them, and a captions file has none.
  let categories: ReadonlyMap<number, string> | undefined
  for await (const entry of jsonItems(file, ['annotations'])) {
    const where = `${file.path}, annotation ${entry.key}`
    const said = parseRecord(annotated, parseEntry(file, entry), where)
    const picture = pictures.get(said.image_id)
    if (picture === undefined) throw unknown('MIMICIT_DANGLING_MEDIA', 'an image that is listed', where, said.image_id)
    const [group, width, height] = picture
    if ('caption' in said) {
      groups.add(group, { text: said.caption.trim() })
      continue
    }
    categories ??= await readCategories(file)
    const name = categories.get(said.category_id)
    if (name === undefined) throw unknown('MIMICIT_BAD_RECORD', 'a category that is listed', where, said.category_id)
    if (isOutside(said.bbox, width, height)) {
      groups.add(group, {
        category: name,
        outside: `its box (${said.bbox}) reaches out of ${width} x ${height} pixels`,
      })
    } else groups.add(group, { category: name, box: normalise(said.bbox, width, height), crowd: said.iscrowd === 1 })
  }
}

async function readCategories(file: ReadableFile): Promise<ReadonlyMap<number, string>> {
  const names = new Map<number, string>()
  for await (const entry of jsonItems(file, ['categories'])) {
    const { id, name } = parseRecord(category, parseEntry(file, entry), `${file.path}, category ${entry.key}`)
    names.set(id, name)
  }
  return names
}

/** Pixels, and shares of a side, that a box may reach over the edge: so much is cut off, more is no slip. */
const SLACK = { pixels: 2, share: 0.1 }

/** Whether a box is not that of a thing in the picture. */
function isOutside([x, y, w, h]: readonly [number, number, number, number], width: number, height: number): boolean {
  const over = (from: number, size: number, side: number) => {
    const slack = Math.max(SLACK.pixels, SLACK.share * side)
    return from < -slack || from + size > side + slack || size < 0 || from >= side || from + size <= 0
  }
  return over(x, w, width) || over(y, h, height)
}

/** Left, top, width and height in pixels as shares; boxes in the wild reach a little over the edge. */
function normalise(box: readonly number[], width: number, height: number): NormalisedBox {
  const [x, y, w, h] = box as [number, number, number, number]
  const share = (pixels: number, of: number) => Math.min(1, Math.max(0, pixels / of))
  return [share(x, width), share(y, height), share(x + w, width), share(y + h, height)]
}

function unknown(code: 'MIMICIT_DANGLING_MEDIA' | 'MIMICIT_BAD_RECORD', expected: string, where: string, id: number) {
  return new MimicitError(code, {
    expected,
    where,
    received: `the id ${id}`,
    hint: 'The file is not whole; download it again.',
  })
}
