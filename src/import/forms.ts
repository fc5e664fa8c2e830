// The foreign forms that can be imported. A new form is a file that opens it and a line here; `mimicit import --from`
// lists them, and a form that knows its own files is found without being named.
import { MimicitError } from '../base/errors.js'
import { pick } from '../base/options.js'
import { hfForm } from './hf/form.js'
import { interleavedForm } from './interleaved/form.js'
import { jsonlForm } from './jsonl/form.js'
import { llavaForm } from './llava/form.js'
import { mimicItForm } from './mimic-it/form.js'
import type { InputName, SourceForm, SourceInputs } from './source-form.js'
import { trainingYamlForm } from './training-yaml/form.js'
import { videoForm } from './video/form.js'
import { webDatasetForm } from './webdataset/form.js'

/** Every form, by the name that `--from` takes. */
export const sourceForms = {
  'mimic-it': mimicItForm,
  llava: llavaForm,
  // Lines of documents and of movies before those of everything else.
  interleaved: interleavedForm,
  video: videoForm,
  jsonl: jsonlForm,
  hf: hfForm,
  yaml: trainingYamlForm,
  webdataset: webDatasetForm,
} as const satisfies Readonly<Record<string, SourceForm>>

/** Name of a form. */
export type SourceFormName = keyof typeof sourceForms

/**
 * The form of some inputs.
 * @param name of the form; without one the first path tells
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_UNSUPPORTED if no form knows the path, MIMICIT_UNKNOWN_OPTION for an
 * input that the form does not take
 */
export async function formOf(
  inputs: SourceInputs,
  name?: string,
): Promise<{ readonly name: string; readonly form: SourceForm }> {
  const found = name ?? (await detect(inputs.paths[0]!))
  const form: SourceForm = pick('the form of the source', sourceForms, found)
  const { paths: _, name: __, ...rest } = inputs
  for (const [input, value] of Object.entries(rest)) {
    if (value === undefined || form.takes.includes(input as InputName)) continue
    throw new MimicitError('MIMICIT_UNKNOWN_OPTION', {
      expected: form.takes.length === 0 ? 'no further inputs' : `no further inputs than ${form.takes.join(', ')}`,
      where: `the form ${found}`,
      received: input,
      hint: 'Leave it out, or name another form.',
    })
  }
  return { name: found, form }
}

async function detect(path: string): Promise<string> {
  for (const [name, form] of Object.entries(sourceForms)) if (await form.isForm(path)) return name
  throw new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: `files of a form that is known (${Object.keys(sourceForms).join(', ')})`,
    where: path,
    received: 'something else',
    hint: 'Name the form with --from.',
  })
}
