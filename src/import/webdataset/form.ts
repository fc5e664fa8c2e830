// WebDataset as a form: tar files, each a source of its own.
import { openEach, sourceNames } from '../folder-source.js'
import type { SourceForm } from '../source-form.js'
import { openWebDataset } from './source.js'

const TAR = /\.(tar|tar\.gz|tgz)$/i

/** `webdataset` */
export const webDatasetForm: SourceForm = {
  title: 'WebDataset: tar files (also gzipped) of pictures with a JSON or a caption each',
  takes: ['instruction'],
  isForm: async (path) => TAR.test(path),
  async open({ paths, name, instruction }) {
    const names = sourceNames(
      paths.map((path) => path.replace(TAR, '.tar')),
      name,
    )
    return openEach(paths, (path, n) => openWebDataset(path, names[n]!, instruction))
  },
}
