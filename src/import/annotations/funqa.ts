// FunQA: a list of {instruction, visual_input, output, ID, task}; the descriptions and explanations of a clip come out
// together. Tasks that ask for a place in the clip (H1, C1, M1) answer with numbers of frames and say nothing of it in words.
import { z } from 'zod'
import { jsonItems, parseEntry } from '../json-stream.js'
import { annotation, type VisualCaption } from './annotation.js'
import { type AnnotationSet, inTurn, parseRecord } from './annotation-set.js'
import { Groups } from './groups.js'

const record = z.object({
  visual_input: z.string().min(1),
  output: z.string(),
  task: z.string().nullish(),
})

/** `funqa` */
export const funQaAnnotations: AnnotationSet = {
  title: 'FunQA: funqa_train.json, funqa_val.json',
  async *read(paths, scratch) {
    const groups = new Groups<string>(scratch)
    const clips = new Map<string, number>()
    try {
      for await (const file of inTurn(paths, scratch)) {
        for await (const item of jsonItems(file)) {
          const { visual_input, output, task } = parseRecord(
            record,
            parseEntry(file, item),
            `${file.path}, entry ${item.key}`,
          )
          const clip = visual_input.replace(/\.[A-Za-z0-9]{2,4}$/, '')
          const group = clips.get(clip) ?? groups.start()
          clips.set(clip, group)
          if (!/^[HCM]1$/i.test(task ?? '') && !/^\s*\[[\d\s,.]*\]\s*$/.test(output)) groups.add(group, output.trim())
        }
      }
      for (const [id, group] of clips) {
        const captions = [...new Set(groups.values(group))].map((text): VisualCaption => ({ text, mediaId: id }))
        yield annotation({ id, mediaKind: 'video', mediaIds: [id], captions })
      }
    } finally {
      groups.close()
    }
  },
}
