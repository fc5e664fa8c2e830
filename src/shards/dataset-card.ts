// README.md of a data set: a Hugging Face dataset card whose configs let `datasets.load_dataset(dir, "media")` work.
import { formatBytes, formatCount } from '../base/format.js'
import { writeWhole } from '../io/sink.js'
import { forms } from './forms.js'
import type { Manifest } from './manifest.js'
import { shardsOf, type TableName, tableNames } from './stored-table.js'
import { schemaOf, type TableSchema } from './table-schema.js'

/** Writes the card. */
export async function writeDatasetCard(root: string, manifest: Manifest): Promise<void> {
  await writeWhole(`${root}/README.md`, Buffer.from(datasetCard(manifest)))
}

/** The card's text: configs pairs, media and context-<name>, then a table for people. */
export function datasetCard(manifest: Manifest): string {
  // A config without files would keep `datasets` from loading any of them.
  const tables = tableNames(manifest)
    .filter((name) => shardsOf(manifest, name).length > 0)
    .map((name) => ({ name, config: name.replace('/', '-'), schema: schemaOf(name) }))
  const configs = tables.map(({ name, config }) =>
    [
      `- config_name: ${config}`,
      '  data_files:',
      '  - split: train',
      `    path:${pathsOf(name, manifest)}`,
      ...(name === 'pairs' ? ['  default: true'] : []),
    ].join('\n'),
  )
  const features = tables.map(({ config, schema }) => featuresOf(config, schema))
  const { pairs, media } = manifest.tables
  const rows = manifest.subsets.map(({ name, pairs: count }) => `| ${name} | ${formatCount(count)} |`)
  return `---
configs:${listed(configs)}
dataset_info:${listed(features)}
---

# A mimicit data set

Multi-modal in-context instruction tuples in the form of the MIMIC-IT paper (arXiv 2306.05425), format version
${manifest.version}: ${formatCount(pairs.rows)} pairs, ${formatCount(media.rows)} pictures
(${formatBytes(manifest.statistics.pictureBytes)}).

| subset | pairs |
|---|---|
${rows.join('\n')}
`
}

const listed = (items: readonly string[]) => (items.length === 0 ? ' []' : `\n${items.join('\n')}`)

/**
 * Where `datasets` finds the shards of a table. All that lie in its directory, unless it took the place of another: its
 * numbers go on after those of the old shards then, which lie there until the next change.
 */
function pathsOf(name: TableName, manifest: Manifest): string {
  const { extension } = forms[manifest.form]
  const paths = shardsOf(manifest, name).map(({ path }) => path)
  const isAll = paths.every((path, i) => path === `${name}/${String(i).padStart(5, '0')}.${extension}`)
  return isAll ? ` ${name}/*.${extension}` : paths.map((path) => `\n    - ${path}`).join('')
}

/**
 * The features of a config. The shards name them too, but `datasets` believes shards only where columns may be null, and
 * then a picture would be a struct of bytes.
 */
function featuresOf(config: string, { columns }: TableSchema): string {
  const lines = columns.map(({ name, kind }) => {
    const element = /^list<(.+)>$/.exec(kind)?.[1]
    if (element !== undefined) return `  - name: ${name}\n    list: ${element}`
    return `  - name: ${name}\n    dtype: ${kind === 'bytes' ? 'binary' : kind}`
  })
  return [`- config_name: ${config}`, '  features:', ...lines].join('\n')
}
