// Embedders with weights that lie on the disk, in ONNX: `onnx:DIRECTORY`, where the directory is a model as it is published
// for ONNX (model.onnx, tokenizer.json, preprocessor_config.json). Nothing is downloaded.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { MimicitError, show } from '../../../base/errors.js'
import { fingerprint, sha256Hex } from '../../../base/hash.js'
import type { Dataset } from '../../../shards/dataset.js'
import type { Embedder, EmbedderKind } from '../embedder.js'
import { graphOf, jsonOf } from './model-files.js'
import { onnxPictures } from './pictures.js'
import { loadGraph } from './runtime.js'
import { onnxTexts, type Pooling } from './text.js'

/** Files beside the graph that decide vectors. */
const SETTINGS = ['tokenizer.json', 'tokenizer_config.json', 'config.json', 'preprocessor_config.json']

/**
 * @param argument the directory of a model, or `directory#mean` or `directory#cls` to say how tokens are pooled
 * @throws MimicitError MIMICIT_BAD_VALUE, MIMICIT_NOT_FOUND, MIMICIT_BAD_CONFIG, MIMICIT_BAD_TOKENIZER, MIMICIT_UNSUPPORTED if
 * ONNX Runtime is not installed or the model is of another kind
 */
export async function onnx(argument: string, _: Dataset, kind: EmbedderKind): Promise<Embedder> {
  const [directory = '', pooling] = argument.split('#')
  if (directory === '' || !(pooling === undefined || pooling === 'mean' || pooling === 'cls')) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'the directory of a model, with #mean or #cls behind it if its texts are to be pooled so',
      where: 'the embedder onnx',
      received: show(argument),
    })
  }
  const path = graphOf(directory, kind)
  const graph = await loadGraph(path)
  try {
    const settings = SETTINGS.map((name) => jsonOf(directory, name, z.unknown()) ?? null)
    const print = fingerprint([sha256Hex(await readFile(path)), settings])
    if (kind === 'text') {
      const { pooling: how, ...embedder } = await onnxTexts(directory, graph, pooling as Pooling | undefined)
      return { ...embedder, identity: `onnx 1, ${how}, ${graph.runtime}, ${print}` }
    }
    const { output, prepared, ...embedder } = await onnxPictures(directory, graph)
    return { ...embedder, identity: `onnx 1, ${output}, ${graph.runtime}, ${prepared}, ${print}` }
  } catch (error) {
    await graph.close()
    throw error
  }
}
