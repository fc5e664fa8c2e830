// Texts by a model in ONNX: sentence models (mean or first token of the last layer, as their 1_Pooling says) and text towers
// of CLIP (`text_embeds`). Texts of equal length go through the graph together, so that no padding is computed and the
// vector of a text does not depend on its neighbours.
import { z } from 'zod'
import { MimicitError, show } from '../../../base/errors.js'
import { embeddingTokenizer } from '../../../text/embedding-tokenizer.js'
import type { TextEmbedder } from '../embedder.js'
import { jsonOf, neededJson } from './model-files.js'
import type { OnnxGraph, OnnxTensor } from './runtime.js'

/** How the vectors of tokens become one. */
export type Pooling = 'mean' | 'cls'

const size = z.int().min(1)
const record = z.looseObject({})
const tokenizerConfig = z.looseObject({ model_max_length: z.number().optional() })
const modelConfig = z.looseObject({
  max_position_embeddings: size.optional(),
  text_config: z.looseObject({ max_position_embeddings: size.optional() }).optional(),
})
const pooling = z.looseObject({ pooling_mode_cls_token: z.boolean().optional() })

/** Outputs that are the vector of a text. */
const VECTORS = ['text_embeds', 'sentence_embedding']
const DEFAULT_LENGTH = 512
const BATCH = 64
const AT_ONCE = 16

/**
 * @param given how tokens are pooled; undefined = as the model says, else the mean
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_TOKENIZER, MIMICIT_BAD_CONFIG, MIMICIT_UNSUPPORTED
 */
export async function onnxTexts(
  directory: string,
  graph: OnnxGraph,
  given: Pooling | undefined,
): Promise<Omit<TextEmbedder, 'identity'> & { readonly pooling: string }> {
  const unknown = graph.inputs.filter((name) => !Object.hasOwn(INPUTS, name))
  if (unknown.length > 0 || !graph.inputs.includes('input_ids')) throw noTextModel(directory, graph)
  const config = jsonOf(directory, 'tokenizer_config.json', tokenizerConfig) ?? {}
  const { max_position_embeddings: positions, text_config: text } = jsonOf(directory, 'config.json', modelConfig) ?? {}
  const fixed = graph.sizesOf('input_ids')[1]
  const most = Math.min(
    config.model_max_length ?? DEFAULT_LENGTH,
    positions ?? text?.max_position_embeddings ?? DEFAULT_LENGTH,
  )
  const tokenizer = embeddingTokenizer(
    neededJson(directory, 'tokenizer.json', record),
    config,
    fixed ?? most,
    directory,
  )
  const asked = jsonOf(directory, '1_Pooling/config.json', pooling)
  const pool: Pooling = given ?? (asked?.pooling_mode_cls_token === true ? 'cls' : 'mean')
  const output = VECTORS.find((name) => graph.outputs.includes(name)) ?? 'last_hidden_state'
  if (!graph.outputs.includes(output)) throw noTextModel(directory, graph)

  /** Vectors of rows of ids, all of one length. */
  const run = async (rows: readonly (readonly number[])[], lengths: readonly number[]) => {
    const [count, length] = [rows.length, rows[0]!.length]
    const feeds: Record<string, OnnxTensor> = {}
    for (const name of graph.inputs) {
      const data = new BigInt64Array(count * length)
      for (const [i, row] of rows.entries()) {
        for (let t = 0; t < length; t++) data[i * length + t] = BigInt(INPUTS[name]!(row[t]!, t, lengths[i]!))
      }
      feeds[name] = { type: 'int64', data, dims: [count, length] }
    }
    const { data, dims } = (await graph.run(feeds))[output]!
    return pooled(data as Float32Array, dims, lengths, pool)
  }

  const { length: dimensions } = await run([padded(tokenizer.encode('a'), fixed, tokenizer.pad)], [1])
  return {
    kind: 'text',
    dimensions,
    pooling: output === 'last_hidden_state' ? pool : output,
    batch: BATCH,
    async embed(texts) {
      const vectors = new Float32Array(texts.length * dimensions)
      const byLength = new Map<number, { readonly place: number; readonly ids: number[] }[]>()
      for (const [place, one] of texts.entries()) {
        const ids = tokenizer.encode(one)
        const same = byLength.get(fixed ?? ids.length) ?? []
        same.push({ place, ids })
        byLength.set(fixed ?? ids.length, same)
      }
      for (const same of byLength.values()) {
        for (let from = 0; from < same.length; from += AT_ONCE) {
          const some = same.slice(from, from + AT_ONCE)
          const found = await run(
            some.map(({ ids }) => padded(ids, fixed, tokenizer.pad)),
            some.map(({ ids }) => ids.length),
          )
          for (const [i, { place }] of some.entries()) {
            vectors.set(found.subarray(i * dimensions, (i + 1) * dimensions), place * dimensions)
          }
        }
      }
      return vectors
    },
    close: () => graph.close(),
  }
}

/** What each input is at place t of a text with so many tokens. */
const INPUTS: Readonly<Record<string, (id: number, t: number, tokens: number) => number>> = {
  input_ids: (id) => id,
  attention_mask: (_, t, tokens) => (t < tokens ? 1 : 0),
  token_type_ids: () => 0,
  position_ids: (_, t) => t,
}

const padded = (ids: readonly number[], length = ids.length, pad = 0) => Array.from({ length }, (_, t) => ids[t] ?? pad)

/** [n, d] as it is; [n, t, d] as the mean over the tokens of each text, or its first. */
export function pooled(
  data: Float32Array,
  dims: readonly number[],
  lengths: readonly number[],
  pool: Pooling,
): Float32Array {
  if (dims.length === 2) return data
  const [count = 0, tokens = 0, d = 0] = dims
  const vectors = new Float32Array(count * d)
  for (let i = 0; i < count; i++) {
    const used = pool === 'cls' ? 1 : lengths[i]!
    for (let t = 0; t < used; t++) {
      for (let k = 0; k < d; k++) vectors[i * d + k]! += data[(i * tokens + t) * d + k]! / used
    }
  }
  return vectors
}

const noTextModel = (directory: string, { inputs, outputs }: OnnxGraph) =>
  new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: `a model that takes input_ids (and of ${Object.keys(INPUTS).slice(1).join(', ')} what it needs) and gives ${[...VECTORS, 'last_hidden_state'].join(' or ')}`,
    where: directory,
    received: `inputs ${show(inputs.join(', '))}, outputs ${show(outputs.join(', '))}`,
    hint: 'Name a sentence model or the text tower of CLIP (text_model.onnx), exported for feature extraction.',
  })
