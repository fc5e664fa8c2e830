// Parquet rows for the Hugging Face hub, as the published MIMIC-IT has them: id, instruction, answer, images, "related
// instructions". A README.md with the features makes the pictures show in the viewer.
import { formatBytes, formatCount } from '../../base/format.js'
import { parseId } from '../../tuple/ids.js'
import type { ExportForm, ExportJob } from './export-form.js'
import { createParquetFile, type ExportColumn, type ExportParquet } from './parquet-file.js'
import { isSafeName, pictureName } from './safe-name.js'

/** `hf` */
export const hfExport = hf({ rowGroupBytes: 32 << 20, rowGroupRows: 1000, fileBytes: 500e6 })

/** How large row groups and files become; a pair is never divided. */
export interface HfSizes {
  readonly rowGroupBytes: number
  readonly rowGroupRows: number
  readonly fileBytes: number
}

const columns: readonly ExportColumn[] = [
  { name: 'id', kind: 'string' },
  { name: 'instruction', kind: 'string' },
  { name: 'answer', kind: 'string' },
  { name: 'images', kind: 'list<image>', raw: true },
  { name: 'related instructions', kind: 'list<string>' },
]

/** The split of pairs that have none. */
const NO_SPLIT = 'train'

/** The form with these sizes, for tests of what happens between files. */
export function hf(sizes: HfSizes): ExportForm {
  return {
    title: 'Parquet for the Hugging Face hub, a row a pair with its pictures, and a dataset card',
    holds: ['split', 'picture ids', 'row order'],
    contexts: ['rel_ins_ids'],
    takes: [],
    async write(job) {
      const related = await job.contexts('rel_ins_ids')
      const splits = new Map<string, SplitFiles>()
      let [without, example, last] = [0, '', '']
      for await (const [row, pair] of job.pairs()) {
        const split = pair.split ?? NO_SPLIT
        if (pair.split === null && without++ === 0) example = pair.id
        // A folder is read in the order of its names.
        if (split < last) job.losses.add('the order of the rows of several splits', pair.id)
        last = split
        const files = splits.get(split) ?? splitFiles(job, split, sizes)
        splits.set(split, files)
        const images: { readonly bytes: Uint8Array; readonly path: string }[] = []
        for (const [i, media] of pair.media.entries()) {
          const { bytes, format } = await job.picture(media)
          const id = pair.mediaIds[i]!
          if (!isSafeName(id)) job.losses.add('ids of pictures that are no file name', id)
          images.push({ bytes, path: pictureName(id, format) })
        }
        const { id, instruction, response: answer } = pair
        await files.add({ id, instruction, answer, images, 'related instructions': (await related?.of(row)) ?? [] })
      }
      if (job.hasSplits && without > 0) job.losses.add('that a pair has no split: it became train', example, without)
      const facts: SplitFacts[] = []
      for (const [name, files] of splits) facts.push({ name, ...(await files.finish()) })
      const card = await job.output.text('README.md')
      await card.write(datasetCard(job, facts))
      await card.finish()
    },
  }
}

type Row = Readonly<Record<string, unknown>> & { readonly images: readonly { readonly bytes: Uint8Array }[] }

interface SplitFacts {
  readonly name: string
  readonly rows: number
  readonly bytes: number
}

interface SplitFiles {
  add(row: Row): Promise<void>
  finish(): Promise<Omit<SplitFacts, 'name'>>
}

/** `data/<split>-00000-of-0000N.parquet` */
function splitFiles(
  { output, hasSplits }: ExportJob,
  split: string,
  { rowGroupBytes, rowGroupRows, fileBytes }: HfSizes,
): SplitFiles {
  const digits = (n: number) => String(n).padStart(5, '0')
  // How many there are is known only in the end.
  const unnamed = (n: number) => `data/${split}-${digits(n)}.parquet`
  let count = 0
  let file: ExportParquet | undefined
  let rows: Row[] = []
  let [pending, written, total] = [0, 0, 0]
  const close = async () => {
    if (file === undefined) return
    await file.finish()
    written += file.bytes
    file = undefined
  }
  const flush = async () => {
    if (rows.length === 0) return
    file ??= await createParquetFile(output, unnamed(count++), columns, [
      { key: 'huggingface', value: features },
      ...(hasSplits ? [] : [NO_SPLIT_MARK]),
    ])
    await file.writeRowGroup(Object.fromEntries(columns.map(({ name }) => [name, rows.map((row) => row[name])])))
    rows = []
    pending = 0
    if (file.bytes >= fileBytes) await close()
  }
  return {
    async add(row) {
      const bytes = row.images.reduce((sum, image) => sum + image.bytes.byteLength, 0)
      if (pending + bytes > rowGroupBytes) await flush()
      rows.push(row)
      pending += bytes
      total++
      if (rows.length >= rowGroupRows) await flush()
    },
    async finish() {
      await flush()
      await close()
      for (let n = 0; n < count; n++) {
        await output.rename(unnamed(n), `data/${split}-${digits(n)}-of-${digits(count)}.parquet`)
      }
      return { rows: total, bytes: written }
    },
  }
}

/** Files of the hub are of a split; this tells our import that the pairs are of none. */
const NO_SPLIT_MARK = { key: 'mimicit', value: JSON.stringify({ split: null }) }

const element = { string: { dtype: 'string', _type: 'Value' }, image: { _type: 'Image' } }
const features = JSON.stringify({
  info: {
    features: Object.fromEntries(
      columns.map(({ name, kind }) => {
        if (kind === 'string') return [name, element.string]
        return [name, { feature: kind === 'list<image>' ? element.image : element.string, _type: 'List' }]
      }),
    ),
  },
})

function datasetCard({ subsets }: ExportJob, splits: readonly SplitFacts[]): string {
  const lines = columns.map(({ name, kind }) => {
    const inner = /^list<(.+)>$/.exec(kind)?.[1]
    return `  - name: ${name}\n    ${inner === undefined ? `dtype: ${kind}` : `list: ${inner}`}`
  })
  const files = splits.map(({ name }) => `  - split: ${name}\n    path: data/${name}-*.parquet`)
  const facts = splits.map(({ name, rows, bytes }) => `| ${name} | ${formatCount(rows)} | ${formatBytes(bytes)} |`)
  // Names of subsets come from anywhere; only task codes go into the text as they are.
  const codes = subsets.filter((name) => parseId(`${name}_INS_0`)?.task === name)
  return `---
configs:
- config_name: default
  data_files:
${files.length === 0 ? '  []' : files.join('\n')}
dataset_info:
  features:
${lines.join('\n')}
---

# Multi-modal instructions

Rows in the form of MIMIC-IT (arXiv 2306.05425): an instruction, its answer, its pictures with their original bytes, and the
ids of related instructions.${codes.length === 0 ? '' : ` Subsets: ${codes.join(', ')}.`}

| split | rows | size |
|---|---|---|
${facts.join('\n')}
`
}
