// README.md of a data set: a Hugging Face dataset card whose configs let `datasets.load_dataset(dir, "media")` work.
import { formatBytes, formatCount } from '../base/format.js'
import { writeWhole } from '../io/sink.js'
import { forms } from './forms.js'
import type { Manifest } from './manifest.js'

/** Writes the card. */
export async function writeDatasetCard(root: string, manifest: Manifest): Promise<void> {
  await writeWhole(`${root}/README.md`, Buffer.from(datasetCard(manifest)))
}

/** The card's text: configs pairs, media and context-<name>, then a table for people. */
export function datasetCard(manifest: Manifest): string {
  const config = (name: string, path: string, isDefault = false) =>
    [
      `- config_name: ${name}`,
      '  data_files:',
      '  - split: train',
      `    path: ${path}/*.${forms[manifest.form].extension}`,
      ...(isDefault ? ['  default: true'] : []),
    ].join('\n')
  const configs = [
    config('pairs', 'pairs', true),
    config('media', 'media'),
    ...Object.keys(manifest.contexts).map((name) => config(`context-${name}`, `context/${name}`)),
  ]
  const { pairs, media } = manifest.tables
  const rows = manifest.subsets.map(({ name, pairs: count }) => `| ${name} | ${formatCount(count)} |`)
  return `---
configs:
${configs.join('\n')}
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
