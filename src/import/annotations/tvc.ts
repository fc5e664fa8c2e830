// TV Captions: a line for each moment, {vid_name, ts, descs}; the moments of a clip come out together.
import { z } from 'zod'
import { jsonSequence, parseEntry } from '../json-stream.js'
import { annotation, type VisualSegment } from './annotation.js'
import { type AnnotationSet, inTurn, parseRecord } from './annotation-set.js'
import { Groups } from './groups.js'

const record = z.object({
  vid_name: z.string().min(1),
  duration: z.number().nonnegative().nullish(),
  ts: z.tuple([z.number(), z.number()]),
  descs: z.array(z.object({ desc: z.string() })),
})

/** `tvc` */
export const tvcAnnotations: AnnotationSet = {
  title: 'TV Captions: tvc_train_release.jsonl, tvc_val_release.jsonl',
  async *read(paths, scratch) {
    const groups = new Groups<VisualSegment>(scratch)
    const clips = new Map<string, { readonly group: number; readonly durationSeconds: number | null }>()
    try {
      for await (const file of inTurn(paths, scratch)) {
        for await (const entry of jsonSequence(file)) {
          const value = parseEntry(file, entry)
          const { vid_name, duration, ts, descs } = parseRecord(record, value, `${file.path}, moment ${entry.key}`)
          const clip = clips.get(vid_name) ?? { group: groups.start(), durationSeconds: duration ?? null }
          clips.set(vid_name, clip)
          const [startSeconds, endSeconds] = ts
          for (const { desc } of descs) groups.add(clip.group, { startSeconds, endSeconds, text: desc.trim() })
        }
      }
      for (const [id, { group, durationSeconds }] of clips) {
        const segments = groups.values(group)
        yield annotation({ id, mediaKind: 'video', mediaIds: [id], durationSeconds, segments })
      }
    } finally {
      groups.close()
    }
  },
}
