// The original files of MIMIC-IT: `<NAME>_instructions.json`, `<NAME>.json` (id -> base64) and `<NAME>_train.json`.
import type { ExportForm } from './export-form.js'
import { fileSets, MIMIC_IT_CONTEXTS, MIMIC_IT_HOLDS, writeInstructions } from './instructions.js'
import type { JsonFile } from './output.js'

/** `mimic-it` */
export const mimicItExport: ExportForm = {
  title: 'MIMIC-IT: instructions, images and train JSON, a set for each subset',
  holds: MIMIC_IT_HOLDS,
  contexts: MIMIC_IT_CONTEXTS,
  takes: ['name', 'time'],
  async write(job) {
    const sets = fileSets(job)
    await writeInstructions(job, sets)
    const images = new Map<string, JsonFile>()
    for await (const picture of job.pictures({ orphans: true })) {
      const name = sets.imagesOf(picture)
      const file = images.get(name) ?? (await job.output.json(`${name}.json`, '{', '}'))
      images.set(name, file)
      // Standard alphabet, padded: every reader of the original files takes it.
      const json = `"${Buffer.from(picture.bytes).toString('base64')}"`
      for (const id of picture.ids) await file.add(json, id)
    }
    for (const file of images.values()) await file.finish()
  },
}
