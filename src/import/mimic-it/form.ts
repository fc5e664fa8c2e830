// MIMIC-IT as a form: instructions files, with images and train files beside them.
import { readStart } from '../read-start.js'
import type { SourceForm } from '../source-form.js'
import { openMimicItSets } from './sets.js'

/** `mimic-it` */
export const mimicItForm: SourceForm = {
  title: 'MIMIC-IT: instructions files, images and train files beside them',
  takes: ['images', 'train'],
  // An object with the keys meta and data; what is in them comes later, and may be gigabytes.
  isForm: async (path) => /\.json$/i.test(path) && /^\s*\{\s*"(meta|data)"/.test(await readStart(path)),
  open: ({ paths, images = [], train = [], name }) => openMimicItSets({ instructions: paths, images, train }, name),
}
