// The training YAML of Otter as a form: one file that names everything a model is trained on.
import { readStart } from '../read-start.js'
import type { SourceForm } from '../source-form.js'
import { isTrainingYaml } from './config.js'
import { openTrainingYaml } from './sources.js'

/** `yaml` */
export const trainingYamlForm: SourceForm = {
  title: 'training YAML of Otter: groups of data sets with mimicit_path, images_path, train_config_path',
  takes: ['root'],
  isForm: async (path) => /\.ya?ml$/i.test(path) && isTrainingYaml(await readStart(path)),
  open: ({ paths, root, name }) => openTrainingYaml(paths, root, name),
}
