// Spot-the-Diff: a list of {img_id, sentences}; each entry is two frames of a camera and what changed between them. The
// frames are named as MIMIC-IT names them: the number with five digits, _1 and _2.
import { z } from 'zod'
import { jsonItems, parseEntry } from '../json-stream.js'
import { annotation } from './annotation.js'
import { type AnnotationSet, inTurn, parseRecord } from './annotation-set.js'

const record = z.object({
  img_id: z.union([z.string().min(1), z.int().transform(String)]),
  sentences: z.array(z.string()),
})

/** `spot-the-diff` */
export const spotTheDiffAnnotations: AnnotationSet = {
  title: 'Spot-the-Diff: train.json, val.json, test.json',
  async *read(paths, scratch) {
    const times = new Map<string, number>()
    for await (const file of inTurn(paths, scratch)) {
      for await (const entry of jsonItems(file)) {
        const value = parseEntry(file, entry)
        const { img_id, sentences } = parseRecord(record, value, `${file.path}, entry ${entry.key}`)
        const id = img_id.padStart(5, '0')
        // Some frames were described by two people.
        const time = (times.get(id) ?? 0) + 1
        times.set(id, time)
        yield annotation({
          id: time === 1 ? id : `${id}/${time}`,
          mediaKind: 'images',
          mediaIds: [`${id}_1`, `${id}_2`],
          captions: sentences.map((text) => ({ text: text.trim(), mediaId: null })),
        })
      }
    }
  },
}
