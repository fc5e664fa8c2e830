// MIMIC-IT with its images as Parquet: a column `base64` and the column `id`, which the pandas metadata name as the index,
// as the later loaders of the original take them. Instructions and train files are those of the form mimic-it.
import { version } from '../../base/version.js'
import type { ExportForm, ExportJob } from './export-form.js'
import { fileSets, MIMIC_IT_CONTEXTS, MIMIC_IT_HOLDS, writeInstructions } from './instructions.js'
import { createParquetFile, type ExportColumn, type ExportParquet } from './parquet-file.js'

/** `mimic-it-parquet` */
export const mimicItParquetExport = mimicItParquet({ rowGroupBytes: 16 << 20, partBytes: 1 << 30 })

/** How large row groups and parts become, in bytes of base64. */
export interface MimicItParquetSizes {
  readonly rowGroupBytes: number
  readonly partBytes: number
}

/** The form with these sizes, for tests of what happens between parts. */
export function mimicItParquet(sizes: MimicItParquetSizes): ExportForm {
  return {
    title: 'MIMIC-IT: instructions and train JSON, images as Parquet (id, base64)',
    holds: MIMIC_IT_HOLDS,
    contexts: MIMIC_IT_CONTEXTS,
    takes: ['name', 'time'],
    async write(job) {
      const sets = fileSets(job)
      await writeInstructions(job, sets)
      const images = new Map<string, ImagesFile>()
      for await (const picture of job.pictures({ orphans: true })) {
        const name = sets.imagesOf(picture)
        const file = images.get(name) ?? imagesFile(job, name, sizes)
        images.set(name, file)
        const base64 = Buffer.from(picture.bytes).toString('base64')
        for (const id of picture.ids) await file.add(id, base64)
      }
      for (const file of images.values()) await file.finish()
    },
  }
}

interface ImagesFile {
  add(id: string, base64: string): Promise<void>
  finish(): Promise<void>
}

const columns: readonly ExportColumn[] = [
  { name: 'base64', kind: 'string', raw: true },
  { name: 'id', kind: 'string' },
]

const text = (name: string) => ({
  name,
  field_name: name,
  pandas_type: 'unicode',
  numpy_type: 'object',
  metadata: null,
})
const pandas = JSON.stringify({
  index_columns: ['id'],
  column_indexes: [{ ...text('base64'), name: null, field_name: null, metadata: { encoding: 'UTF-8' } }],
  columns: columns.map(({ name }) => text(name)),
  creator: { library: 'mimicit', version },
  pandas_version: '2.0.0',
})

/** `<name>.parquet`: a file if one part is enough, which the original loader needs, else a directory of parts. */
function imagesFile(
  { output }: ExportJob,
  name: string,
  { rowGroupBytes, partBytes }: MimicItParquetSizes,
): ImagesFile {
  const partPath = (number: number) => `${name}.parquet/part.${number}.parquet`
  let parts = 0
  let file: ExportParquet | undefined
  let ids: string[] = []
  let base64s: string[] = []
  let bytes = 0
  const flush = async () => {
    if (ids.length === 0) return
    file ??= await createParquetFile(output, partPath(parts++), columns, [{ key: 'pandas', value: pandas }])
    await file.writeRowGroup({ base64: base64s, id: ids })
    ids = []
    base64s = []
    bytes = 0
    if (file.bytes < partBytes) return
    await file.finish()
    file = undefined
  }
  return {
    async add(id, base64) {
      ids.push(id)
      base64s.push(base64)
      bytes += base64.length
      if (bytes >= rowGroupBytes) await flush()
    },
    async finish() {
      await flush()
      await file?.finish()
      if (parts === 1) await output.replaceFolder(partPath(0), `${name}.parquet`)
    },
  }
}
