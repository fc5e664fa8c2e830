// The foreign forms that can be imported. A new form is a file that opens it and a line here; `mimicit import --from`
// lists them, and a form that knows its own files is found without being named.
import { MimicitError } from '../base/errors.js'
import { pick } from '../base/options.js'
import { benchmarkForm } from './benchmark/form.js'
import { eachOnce } from './each-once.js'
import { hfForm } from './hf/form.js'
import { interleavedForm } from './interleaved/form.js'
import { jsonlForm } from './jsonl/form.js'
import { llavaForm } from './llava/form.js'
import { mimicItForm } from './mimic-it/form.js'
import { isDirectory } from './read-start.js'
import { filesOfFolder } from './source-folder.js'
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
  benchmark: benchmarkForm,
} as const satisfies Readonly<Record<string, SourceForm>>

/** Name of a form. */
export type SourceFormName = keyof typeof sourceForms

/** Paths of one form, with the further inputs that it takes. */
export interface FormInputs {
  readonly name: SourceFormName
  readonly form: SourceForm
  readonly inputs: SourceInputs
}

/**
 * The forms of some inputs; paths of one form that follow each other come together.
 * @param name of the form of all; without one each path tells its own
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_UNSUPPORTED if no form knows a path, MIMICIT_UNKNOWN_OPTION for an
 * input that none of the forms takes
 */
export async function formsOf(inputs: SourceInputs, name?: string): Promise<readonly FormInputs[]> {
  const { name: sourceName, paths, ...rest } = await withoutFolders(inputs, name)
  const groups: { readonly name: string; readonly paths: string[] }[] = []
  for (const path of paths) {
    const found = name ?? (await detect(path))
    if (groups.at(-1)?.name === found) groups.at(-1)!.paths.push(path)
    else groups.push({ name: found, paths: [path] })
  }
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  const forms = groups.map((group) => {
    const form: SourceForm = pick('the form of the source', sourceForms, group.name)
    const taken = given.filter(([input]) => form.takes.includes(input as InputName))
    const own = { paths: group.paths, name: sourceName, ...Object.fromEntries(taken) }
    return { name: group.name as SourceFormName, form, inputs: own }
  })
  const takes = [...new Set(forms.flatMap(({ form }) => form.takes))]
  for (const [input] of given) {
    if (takes.includes(input as InputName)) continue
    throw new MimicitError('MIMICIT_UNKNOWN_OPTION', {
      expected: takes.length === 0 ? 'no further inputs' : `no further inputs than ${takes.join(', ')}`,
      where: `the form ${forms.map((each) => each.name).join(', ')}`,
      received: input,
      hint: 'Leave it out, or name another form.',
    })
  }
  return forms
}

/** The form of a path, or undefined. */
async function formOf(path: string): Promise<string | undefined> {
  for (const [name, form] of Object.entries(sourceForms)) if (await form.isForm(path)) return name
  return undefined
}

/** Folders that are no form by themselves as the files in them. */
async function withoutFolders(inputs: SourceInputs, name: string | undefined): Promise<SourceInputs> {
  const paths: string[] = []
  const images = [...(inputs.images ?? [])]
  const train = [...(inputs.train ?? [])]
  for (const path of inputs.paths) {
    if (name === 'hf' || (await formOf(path)) !== undefined || !(await isDirectory(path))) {
      paths.push(path)
      continue
    }
    const found = await filesOfFolder(path, async (file) => (await formOf(file)) !== undefined)
    paths.push(...found.paths)
    images.push(...found.images)
    train.push(...found.train)
  }
  const some = (files: readonly string[], given: readonly string[] | undefined) => (files.length > 0 ? files : given)
  return {
    ...inputs,
    paths: await eachOnce(paths),
    images: some(images, inputs.images),
    train: some(train, inputs.train),
  }
}

async function detect(path: string): Promise<string> {
  const name = await formOf(path)
  if (name !== undefined) return name
  throw new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: `files of a form that is known (${Object.keys(sourceForms).join(', ')})`,
    where: path,
    received: 'something else',
    hint: 'Name the form with --from.',
  })
}
