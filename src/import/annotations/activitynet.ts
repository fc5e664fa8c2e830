// ActivityNet Captions: {"v_...": {duration, timestamps, sentences}}. val_1 and val_2 are two people on the same clips:
// what the second file says of a clip comes as an annotation of its own.
import { z } from 'zod'
import { jsonEntries, parseEntry } from '../json-stream.js'
import { annotation } from './annotation.js'
import { type AnnotationSet, inTurn, parseRecord } from './annotation-set.js'

const record = z
  .object({
    duration: z.number().nonnegative(),
    timestamps: z.array(z.tuple([z.number(), z.number()])),
    sentences: z.array(z.string()),
  })
  .refine(({ timestamps, sentences }) => timestamps.length === sentences.length, 'a time span for each sentence')

/** `activitynet-captions` */
export const activityNetAnnotations: AnnotationSet = {
  title: 'ActivityNet dense captions: train.json, val_1.json, val_2.json',
  async *read(paths, scratch) {
    const times = new Map<string, number>()
    for await (const file of inTurn(paths, scratch)) {
      for await (const entry of jsonEntries(file)) {
        const value = parseEntry(file, entry)
        const { duration, timestamps, sentences } = parseRecord(record, value, `${file.path}, clip ${entry.key}`)
        const time = (times.get(entry.key) ?? 0) + 1
        times.set(entry.key, time)
        yield annotation({
          id: time === 1 ? entry.key : `${entry.key}/${time}`,
          mediaKind: 'video',
          mediaIds: [entry.key],
          durationSeconds: duration,
          segments: sentences.map((text, i) => {
            const [startSeconds, endSeconds] = timestamps[i]!
            return { startSeconds, endSeconds, text: text.trim() }
          }),
        })
      }
    }
  },
}
