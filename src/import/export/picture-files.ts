// Pictures as files beside the text that names them: `images/<id>.<format>`, original bytes.
import { mapInOrder } from '../../base/map-in-order.js'
import type { ExportJob } from './export-form.js'
import { pictureName } from './safe-name.js'

const FOLDER = 'images'
/** Each file is fsynced, which is waiting. */
const AT_ONCE = 16

/** Where the file of a picture will be, relative to the directory of the export. */
export const picturePath = async (job: ExportJob, row: number) => `${FOLDER}/${await job.pictureName(row)}`

/** Writes every picture that a chosen pair names, once. */
export async function writePictureFiles(job: ExportJob): Promise<void> {
  const written = mapInOrder(job.pictures(), AT_ONCE, async ({ ids, format, bytes }) => {
    const file = await job.output.file(`${FOLDER}/${pictureName(ids[0]!, format)}`)
    await file.write(bytes)
    await file.finish()
  })
  for await (const _ of written);
}
