// One file of weights, open: what form it is shows in its first bytes, not in its name. A new form is a function that finds
// its tensors and a line in `forms`.
import type { ReadableFile } from '../../io/readable.js'
import { badWeights } from './bad-weights.js'
import type { TensorPlace } from './place.js'
import { headerLength, LENGTH_BYTES, parseHeader } from './safetensors-header.js'
import { isLegacyTorch, isZip, legacyTorch, readTorchFile } from './torch-file.js'

/** Forms in which weights lie in a file. */
export type WeightsForm = 'safetensors' | 'torch'

/** What a file holds. */
export interface WeightsContent {
  readonly form: WeightsForm
  readonly places: ReadonlyMap<string, TensorPlace>
  readonly metadata: Readonly<Record<string, string>>
}

interface Form {
  readonly form: WeightsForm
  readonly matches: (first: Uint8Array) => boolean
  readonly read: (file: ReadableFile, first: Uint8Array, where: string) => Promise<Omit<WeightsContent, 'form'>>
}

/** Enough to tell the forms apart. */
const FIRST_BYTES = 64

const forms: readonly Form[] = [
  {
    form: 'torch',
    matches: isZip,
    read: async (file, _, where) => ({ places: await readTorchFile(file, where), metadata: {} }),
  },
  {
    form: 'torch',
    matches: isLegacyTorch,
    read: (_file, _first, where) => Promise.reject(legacyTorch(where)),
  },
  {
    form: 'safetensors',
    // A length and the JSON that it counts.
    matches: (first) => first[LENGTH_BYTES] === 0x7b,
    read: async (file, first, where) => {
      const length = headerLength(first, file.byteLength, where)
      return parseHeader(await file.read(LENGTH_BYTES, length), file.byteLength, where)
    },
  },
]

/** What stands in the place of weights where somebody fetched something else. */
function guess(first: Uint8Array): string {
  const text = new TextDecoder().decode(first)
  if (text.startsWith('version https://git-lfs')) return 'a pointer of Git LFS (fetch the file itself: git lfs pull)'
  if (/^\s*<(!doctype|html)/i.test(text)) return 'a web page'
  return first.length === 0 ? 'an empty file' : 'other bytes'
}

/**
 * Reads which tensors a file holds and where, and none of them.
 * @throws MIMICIT_BAD_WEIGHTS, MIMICIT_UNSAFE_PICKLE, MIMICIT_UNSUPPORTED
 */
export async function readWeightsFile(file: ReadableFile, where: string): Promise<WeightsContent> {
  const first = await file.read(0, Math.min(FIRST_BYTES, file.byteLength))
  const form = forms.find(({ matches }) => matches(first))
  if (form === undefined) throw badWeights(where, 'a safetensors file or a zip file of torch.save', guess(first))
  return { form: form.form, ...(await form.read(file, first, where)) }
}
