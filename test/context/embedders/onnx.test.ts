// Models in ONNX, really run: tiny ones, written here, whose vectors can be computed by hand.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildContext } from '../../../src/context/build.js'
import type { PictureEmbedder, TextEmbedder } from '../../../src/context/embedders/embedder.js'
import { graphOf } from '../../../src/context/embedders/onnx/model-files.js'
import { onnx } from '../../../src/context/embedders/onnx/onnx.js'
import { preparationOf } from '../../../src/context/embedders/onnx/pictures.js'
import { loadGraph } from '../../../src/context/embedders/onnx/runtime.js'
import { contextRows } from '../../../src/shards/context-rows.js'
import { type Dataset, openDataset } from '../../../src/shards/dataset.js'
import { embeddingTokenizer } from '../../../src/text/embedding-tokenizer.js'
import { sharp } from '../../../src/vision/sharp.js'
import { faultOf } from '../../support/fault.js'
import { type OnnxConstant, type OnnxNode, type OnnxValue, onnxModel } from '../../support/onnx-model.js'
import { tempDir } from '../../support/temp-dir.js'
import { writeDataset } from '../../support/write-dataset.js'

const root = tempDir()
const require = createRequire(import.meta.url)
const installed = (() => {
  try {
    return require.resolve('onnxruntime-web') !== ''
  } catch {
    return false
  }
})()

const WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'cat', 'dog', 'car', 'red']
/** The vector of each word. */
const TABLE = [
  [9, 9],
  [5, 5],
  [1, 0],
  [0, 1],
  [4, 0],
  [4, 1],
  [0, 6],
  [2, 2],
] as const
const tokenizerJson = {
  version: '1.0',
  added_tokens: WORDS.slice(0, 4).map((content, id) => ({
    ...{ id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
  })),
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: null,
  model: {
    ...{ type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
}

const ids = (name: string, length: number | string = 'tokens'): OnnxValue => ({
  ...{ name, type: 'int64', sizes: ['batch', length] },
})
const table: OnnxConstant = { name: 'table', sizes: [WORDS.length, 2], values: Float32Array.from(TABLE.flat()) }
const lookUp = (output: string): OnnxNode => ({ op: 'Gather', inputs: ['table', 'input_ids'], output })

/** Writes a model's directory: its graph, and JSON files by name. */
function model(name: string, graph: string, bytes: Uint8Array, files: Readonly<Record<string, unknown>>): string {
  const directory = join(root, name)
  for (const folder of ['onnx', '1_Pooling']) mkdirSync(join(directory, folder), { recursive: true })
  writeFileSync(join(directory, graph), bytes)
  for (const [file, content] of Object.entries(files)) writeFileSync(join(directory, file), JSON.stringify(content))
  return directory
}

const sentences = (name: string, files: Readonly<Record<string, unknown>> = {}, length?: number) =>
  model(
    name,
    'onnx/model.onnx',
    onnxModel(
      [lookUp('last_hidden_state')],
      [table],
      [ids('input_ids', length), ids('attention_mask', length)],
      [{ name: 'last_hidden_state', type: 'float', sizes: ['batch', 'tokens', 2] }],
    ),
    { 'tokenizer.json': tokenizerJson, 'tokenizer_config.json': { model_max_length: 6, pad_token: '[PAD]' }, ...files },
  )

/** As the text tower of CLIP gives its vectors: one a text. */
const tower = (name: string) =>
  model(
    name,
    'text_model.onnx',
    onnxModel(
      [
        lookUp('layer'),
        { op: 'ReduceSum', inputs: ['layer', 'axis'], output: 'text_embeds', attributes: { keepdims: 0 } },
      ],
      [table, { name: 'axis', sizes: [1], values: BigInt64Array.of(1n) }],
      [ids('input_ids')],
      [{ name: 'text_embeds', type: 'float', sizes: ['batch', 2] }],
    ),
    { 'tokenizer.json': tokenizerJson },
  )

/** The mean of each channel. */
const vision = (name: string, config: object) =>
  model(
    name,
    'onnx/vision_model.onnx',
    onnxModel(
      [
        { op: 'GlobalAveragePool', inputs: ['pixel_values'], output: 'means' },
        { op: 'Flatten', inputs: ['means'], output: 'image_embeds' },
      ],
      [],
      [{ name: 'pixel_values', type: 'float', sizes: ['batch', 3, 'height', 'width'] }],
      [{ name: 'image_embeds', type: 'float', sizes: ['batch', 3] }],
    ),
    { 'preprocessor_config.json': config },
  )

let dataset: Dataset
const flat = async (r: number, g: number, b: number, width = 40, height = 30) =>
  sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer()

beforeAll(async () => {
  const [red, green, reddish] = await Promise.all([flat(200, 30, 30), flat(30, 200, 30), flat(180, 60, 50)])
  await writeDataset(join(root, 'data'), {
    media: [red, green, reddish].map((bytes, content) => ({ ids: [`IMG_${content}`], content, bytes })),
    pairs: ['cat', 'car', 'red dog'].map((instruction, i) => ({
      ...{ id: `p${i}`, instruction, pictures: [`IMG_${i}`], response: `A response of pair ${i} alone.` },
    })),
  })
  dataset = await openDataset(join(root, 'data'))
  return () => dataset.close()
})

async function textVectors(argument: string, texts: readonly string[]) {
  const embedder = (await onnx(argument, dataset, 'text')) as TextEmbedder
  const vectors = await embedder.embed(texts)
  await embedder.close!()
  const d = embedder.dimensions
  return { identity: embedder.identity, vectors: texts.map((_, i) => [...vectors.subarray(i * d, (i + 1) * d)]) }
}

const mean = (...words: readonly number[]) =>
  [0, 1].map((k) => words.reduce((sum, word) => sum + TABLE[word]![k]!, 0) / words.length)

// Continuous integration installs everything; a checkout that has not yet says so by leaving these out.
describe.skipIf(!installed && process.env.CI === undefined)('with a runtime', () => {
  test('a sentence model: the mean over the tokens of each text, whatever stands beside it', async () => {
    const directory = sentences('minilm')
    const texts = ['cat', 'Red dog', '', 'bicycle', 'cat']
    const { vectors, identity } = await textVectors(directory, texts)
    const expected = [mean(2, 4, 3), mean(2, 7, 5, 3), mean(2, 3), mean(2, 1, 3), mean(2, 4, 3)]
    for (const [i, vector] of vectors.entries()) {
      for (const k of [0, 1]) expect(vector[k]).toBeCloseTo(expected[i]![k]!, 5)
      expect((await textVectors(directory, [texts[i]!])).vectors).toEqual([vector])
    }
    expect(identity).toMatch(/^onnx 1, mean, onnxruntime-(node|web), [0-9a-f]{16}$/)
  })

  test('what is too long is cut inside of the special tokens', async () => {
    const { vectors } = await textVectors(sentences('short'), ['cat cat cat cat dog dog dog'])
    expect(vectors[0]![0]).toBeCloseTo(mean(2, 4, 4, 4, 4, 3)[0]!, 5)
  })

  test('the first token where 1_Pooling or the name says so; another identity', async () => {
    const directory = sentences('bge', { '1_Pooling/config.json': { pooling_mode_cls_token: true } })
    const { vectors, identity } = await textVectors(directory, ['cat dog'])
    expect(vectors).toEqual([[1, 0]])
    const other = await textVectors(`${directory}#mean`, ['cat dog'])
    expect(other.vectors[0]![0]).toBeCloseTo(mean(2, 4, 5, 3)[0]!, 5)
    expect(other.identity).not.toBe(identity)
  })

  test('a graph of a fixed length gets padding, which the mean leaves out', async () => {
    const { vectors } = await textVectors(sentences('fixed', {}, 5), ['cat', 'red dog'])
    expect(vectors[0]![1]).toBeCloseTo(mean(2, 4, 3)[1]!, 5)
    expect(vectors[1]![0]).toBeCloseTo(mean(2, 7, 5, 3)[0]!, 5)
  })

  test('the text tower of CLIP gives its own vectors', async () => {
    const { vectors, identity } = await textVectors(tower('clip'), ['cat', 'car red'])
    expect(vectors).toEqual([
      [5, 1],
      [3, 9],
    ])
    expect(identity).toContain('text_embeds')
  })

  test('pictures are prepared as their preprocessor_config.json says', async () => {
    const directory = vision('vit', {
      ...{ size: { shortest_edge: 16 }, crop_size: { height: 12, width: 12 }, do_center_crop: true },
      ...{ image_mean: [0.5, 0.25, 0], image_std: [0.5, 0.25, 1] },
    })
    const embedder = (await onnx(directory, dataset, 'image')) as PictureEmbedder
    const pictures = [await flat(255, 0, 51), await flat(0, 255, 0)]
    const vectors = await embedder.embed(pictures.map((bytes) => ({ bytes, where: 'here' })))
    await embedder.close!()
    for (const [i, value] of [1, -1, 0.2, -1, 3, 0].entries()) expect(vectors[i]).toBeCloseTo(value, 4)
    expect(embedder.identity).toMatch(/^onnx 1, image_embeds, onnxruntime-(node|web), /)
  })

  test('contexts by text and by picture', async () => {
    const embedders = { text: `onnx:${tower('text')}`, image: `onnx:${vision('image', { size: 8 })}` }
    const path = join(root, 'data')
    const nearest: Record<string, unknown> = {}
    for (const select of ['text-similarity', 'image-similarity']) {
      await buildContext(path, { name: select, select, k: 1, embedders })
      const open = await openDataset(path)
      for await (const { query, contexts } of contextRows(open, select)) nearest[`${select} ${query}`] = contexts
      await open.close()
    }
    // cat (5, 1), car (1, 7), red dog (7, 4).
    expect(nearest).toMatchObject({ 'text-similarity 0': [2], 'text-similarity 1': [2], 'text-similarity 2': [0] })
    expect(nearest).toMatchObject({ 'image-similarity 0': [2], 'image-similarity 2': [0] })
  })

  test('models of another kind and files that are none are refused', async () => {
    const fault = (directory: string, kind: 'text' | 'image') => faultOf(onnx(directory, dataset, kind))
    const broken = model('broken', 'model.onnx', Buffer.from('no graph'), { 'tokenizer.json': tokenizerJson })
    expect((await fault(broken, 'text')).code).toBe('MIMICIT_UNSUPPORTED')
    const pictures = vision('pictures', { size: 8 })
    writeFileSync(join(pictures, 'onnx/model.onnx'), onnxModel([], [], [], []))
    const other = model(
      'other',
      'model.onnx',
      onnxModel(
        [{ op: 'Identity', inputs: ['x'], output: 'y' }],
        [],
        [{ name: 'x', type: 'float', sizes: [1] }],
        [{ name: 'y', type: 'float', sizes: [1] }],
      ),
      { 'tokenizer.json': tokenizerJson, 'preprocessor_config.json': { size: 8 } },
    )
    for (const kind of ['text', 'image'] as const) {
      expect(await fault(other, kind)).toMatchObject({
        code: 'MIMICIT_UNSUPPORTED',
        parts: { received: 'inputs "x", outputs "y"' },
      })
    }
    const nothing = sentences('nothing', { 'tokenizer.json': { model: 3 } })
    expect((await fault(nothing, 'text')).code).toBe('MIMICIT_BAD_TOKENIZER')
    const odd = sentences('odd', { 'tokenizer_config.json': { model_max_length: 'long' } })
    expect((await fault(odd, 'text')).code).toBe('MIMICIT_BAD_CONFIG')
    const wide = vision('wide', { size: { height: 8, width: 16 } })
    expect((await fault(wide, 'image')).parts.received).toBe('8 x 16')
    expect((await fault(vision('bad', { size: 'big' }), 'image')).code).toBe('MIMICIT_BAD_CONFIG')
  })
})

test('a runtime that is not installed is told with what to install; a directory without a model, a wrong name', async () => {
  const directory = tower('missing')
  const fault = await faultOf(loadGraph(join(directory, 'text_model.onnx'), ['onnxruntime-none']))
  expect([fault.code, fault.parts.hint]).toEqual([
    'MIMICIT_UNSUPPORTED',
    expect.stringContaining('npm install onnxruntime-none'),
  ])
  expect((await faultOf(onnx(join(root, 'nowhere'), dataset, 'text'))).code).toBe('MIMICIT_NOT_FOUND')
  expect((await faultOf(onnx(directory, dataset, 'image'))).code).toBe('MIMICIT_NOT_FOUND')
  expect((await faultOf(onnx('', dataset, 'text'))).code).toBe('MIMICIT_BAD_VALUE')
  expect((await faultOf(onnx(`${directory}#max`, dataset, 'text'))).code).toBe('MIMICIT_BAD_VALUE')
})

test('which graph of a directory is taken, and how pictures are prepared', () => {
  const directory = vision('layout', { size: { height: 24, width: 24 }, do_normalize: false })
  expect(graphOf(directory, 'image')).toBe(join(directory, 'onnx/vision_model.onnx'))
  writeFileSync(join(directory, 'vision_model.onnx'), '')
  expect(graphOf(directory, 'image')).toBe(join(directory, 'vision_model.onnx'))
  expect(preparationOf(directory)).toEqual({
    ...{ scaled: 24, kept: 24, transform: 'squash', shift: [0, 0, 0] },
    scale: [1 / 255, 1 / 255, 1 / 255],
  })
  const clip = vision('clip-vision', { size: 224, crop_size: 224, do_center_crop: true })
  expect(preparationOf(clip)).toMatchObject({ scaled: 224, kept: 224, transform: 'resize-shortest' })
})

test('a tokenizer puts its own special tokens around a text', () => {
  const tokenizer = embeddingTokenizer(tokenizerJson, { pad_token: { content: '[PAD]' } }, 4, 'here')
  expect([tokenizer.pad, tokenizer.encode('cat'), tokenizer.encode('cat dog car red')]).toEqual([
    0,
    [2, 4, 3],
    [2, 4, 5, 3],
  ])
})
