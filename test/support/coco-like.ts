// A little COCO: captions and boxes of made-up pictures, with the pictures beside them. One is missing, one says nothing.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { storedPng } from './stored-png.js'

const CATEGORIES = ['person', 'dog', 'couch', 'book'] as const

/** Files of such a set. */
export interface CocoLike {
  readonly captions: string
  readonly instances: string
  readonly images: string
  readonly count: number
}

/** Writes it. @param count pictures that are there and say something */
export function writeCocoLike(dir: string, count: number): CocoLike {
  mkdirSync(join(dir, 'images'), { recursive: true })
  const images = Array.from({ length: count + 2 }, (_, n) => ({ id: n + 1, width: 100, height: 80 }))
  const said = images.slice(0, count + 1).flatMap(({ id }) => [
    { image_id: id, caption: `A brown dog is sitting on a couch beside book number ${id}.` },
    { image_id: id, caption: 'A dog sitting on a blue couch in a living room.' },
    { image_id: id, caption: 'The dog lies on the couch in a living room' },
  ])
  const boxes = images.flatMap(({ id }) => [
    { image_id: id, category_id: 2, bbox: [10, 30, 30, 30], iscrowd: 0 },
    { image_id: id, category_id: 3, bbox: [5, 25, 90, 50], iscrowd: 0 },
  ])
  // The last says nothing: it has a caption without words and no box.
  const silent = images.at(-1)!.id
  const captions = [...said, { image_id: silent, caption: ' . ' }]
  const categories = CATEGORIES.map((name, n) => ({ id: n + 1, name }))
  const write = (name: string, value: unknown) => {
    const path = join(dir, name)
    writeFileSync(path, JSON.stringify(value))
    return path
  }
  for (const { id } of images.slice(0, count)) {
    writeFileSync(
      join(dir, 'images', `${String(id).padStart(12, '0')}.png`),
      storedPng(4, 3, (x, y) => [id, x * 40, y * 60]),
    )
  }
  return {
    captions: write('captions.json', { images, annotations: captions }),
    instances: write('instances.json', {
      images,
      annotations: boxes.filter(({ image_id }) => image_id !== silent),
      categories,
    }),
    images: join(dir, 'images'),
    count,
  }
}
