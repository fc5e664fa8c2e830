// Ego4D narrations: {video: {narration_pass_1: {narrations: [{timestamp_sec, narration_text}]}, narration_pass_2: ...}}, at the
// top level or under `videos`. A video of an hour has thousands of them; each stretch of sixteen seconds in which something is
// told is an annotation of its own, as the clips of MIMIC-IT are. The two passes are two people on the same video.
import { z } from 'zod'
import type { ReadableFile } from '../../io/store.js'
import { jsonEntries, parseEntry } from '../json-stream.js'
import { startOf } from '../read-start.js'
import { annotation, type VisualSegment } from './annotation.js'
import { type AnnotationSet, inTurn, parseRecord } from './annotation-set.js'

/** Seconds of a clip. */
const CLIP = 16
/** Seconds that a narrated action is taken to last: they are told as moments. */
const MOMENT = 1

const pass = z.object({
  narrations: z.array(z.object({ timestamp_sec: z.number().nonnegative(), narration_text: z.string() })).default([]),
})
const video = z.object({ narration_pass_1: pass.optional(), narration_pass_2: pass.optional() })

/** `ego4d` */
export const ego4dAnnotations: AnnotationSet = {
  title: 'Ego4D narrations: narration.json',
  async *read(paths, scratch) {
    const seen = new Map<string, number>()
    for await (const file of inTurn(paths, scratch)) {
      for await (const entry of jsonEntries(file, await pathOf(file))) {
        const { narration_pass_1, narration_pass_2 } = parseRecord(
          video,
          parseEntry(file, entry),
          `${file.path}, video ${entry.key}`,
        )
        for (const narrations of [narration_pass_1?.narrations ?? [], narration_pass_2?.narrations ?? []]) {
          const clips = new Map<number, VisualSegment[]>()
          for (const { timestamp_sec: at, narration_text } of narrations) {
            const clip = Math.floor(at / CLIP)
            const segment = { startSeconds: at, endSeconds: at + MOMENT, text: narration_text.trim() }
            clips.set(clip, [...(clips.get(clip) ?? []), segment])
          }
          for (const [clip, segments] of [...clips].sort(([a], [b]) => a - b)) {
            const id = `${entry.key}_${String(clip * CLIP).padStart(5, '0')}`
            const time = (seen.get(id) ?? 0) + 1
            seen.set(id, time)
            yield annotation({
              id: time === 1 ? id : `${id}/${time}`,
              mediaKind: 'video',
              mediaIds: [entry.key],
              durationSeconds: CLIP,
              span: [clip * CLIP, (clip + 1) * CLIP],
              segments,
            })
          }
        }
      }
    }
  },
}

/** Where the videos are: newer releases have them one level down, behind a version and a date. */
async function pathOf(file: ReadableFile): Promise<readonly string[]> {
  return /^\s*\{\s*"(?:videos|version|date|description)"\s*:/.test(await startOf(file)) ? ['videos'] : []
}
