// ScanRefer: a list of {scene_id, object_id, object_name, ann_id, description}; what is said of the things of a room comes
// out together.
import { z } from 'zod'
import { jsonItems, parseEntry } from '../json-stream.js'
import { annotation, type VisualCaption } from './annotation.js'
import { type AnnotationSet, inTurn, parseRecord } from './annotation-set.js'
import { Groups } from './groups.js'

const record = z.object({
  scene_id: z.string().min(1),
  object_name: z.string().min(1),
  description: z.string(),
})

type Said = readonly [thing: string, text: string]

/** `scanrefer` */
export const scanReferAnnotations: AnnotationSet = {
  title: 'ScanNet rooms by ScanRefer: ScanRefer_filtered_train.json, ScanRefer_filtered_val.json',
  async *read(paths, scratch) {
    const groups = new Groups<Said>(scratch)
    const rooms = new Map<string, number>()
    try {
      for await (const file of inTurn(paths, scratch)) {
        for await (const item of jsonItems(file)) {
          const said = parseRecord(record, parseEntry(file, item), `${file.path}, entry ${item.key}`)
          const group = rooms.get(said.scene_id) ?? groups.start()
          rooms.set(said.scene_id, group)
          groups.add(group, [said.object_name.replace(/_/g, ' ').trim(), said.description.trim()])
        }
      }
      for (const [id, group] of rooms) {
        const said = groups.values(group)
        const things = [...new Set(said.map(([thing]) => thing))]
        yield annotation({
          id,
          mediaKind: 'images',
          mediaIds: [id],
          captions: said.map(([, text]): VisualCaption => ({ text, mediaId: id })),
          notes: [{ mediaId: id, title: null, tags: things }],
        })
      }
    } finally {
      groups.close()
    }
  },
}
