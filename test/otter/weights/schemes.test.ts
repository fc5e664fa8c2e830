// Models under every name that their tensors are published by, whole and in parts: the same parameters, the same logits as the
// original modules; and what does not fit is told by name.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { distance } from '../../../parity/checks.js'
import { type GoldenFolder, goldenBatch, goldenValues, readGoldenFolder } from '../../../parity/folder.js'
import { parseOtterConfig } from '../../../src/otter/config.js'
import { createOtter, type Otter } from '../../../src/otter/model.js'
import { convertWeights } from '../../../src/otter/weights/convert.js'
import { loadWeightFiles, loadWeights, stateDict } from '../../../src/otter/weights/load.js'
import { nameList } from '../../../src/otter/weights/name-list.js'
import { openOtter } from '../../../src/otter/weights/open-otter.js'
import { openWeights } from '../../../src/otter/weights/open-weights.js'
import { type StateDict, type StateTensor, writeSafeTensors } from '../../../src/otter/weights/safetensors.js'
import { otterName } from '../../../src/otter/weights/schemes/flamingo.js'
import { readKeys } from '../../../src/otter/weights/schemes/index.js'
import { chooseBackend } from '../../../src/tensors/backend.js'
import type { Tf } from '../../../src/tensors/tf.js'
import { tempDir } from '../../support/temp-dir.js'
import { goldenFolder, goldenModel, llama } from '../golden.js'

let tf: Tf
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
})

const root = tempDir()
const checkpoint = (name: string) => join(goldenFolder('checkpoints'), name)
const one = (value: number): StateTensor => ({ shape: [1], values: Float32Array.of(value) })
const entries = (weights: StateDict, prefix: string) =>
  [...weights].filter(([name]) => name.startsWith(prefix)).map(([name, it]) => [name.slice(prefix.length), it] as const)

function save(name: string, tensors: Iterable<readonly [string, StateTensor]>): string {
  const path = join(root, `${name}.safetensors`)
  writeFileSync(path, writeSafeTensors(new Map(tensors)))
  return path
}

/** The language model alone, as Hugging Face names it, with the buffers of old versions. */
const languageModel = ({ weights }: GoldenFolder, buffers: readonly string[] = []) => [
  ...entries(weights, 'lang_encoder.')
    .filter(([name]) => !name.includes('gated_cross_attn_layer'))
    .map(([name, it]) => [name.replace('.decoder_layer.', '.'), it] as const),
  ...buffers.map((name) => [name, one(0)] as const),
]

/** CLIPModel: the tower beside a text tower. */
const clipModel = ({ weights }: GoldenFolder) => [
  ...entries(weights, 'vision_encoder.'),
  ...[
    'text_model.encoder.layers.0.mlp.fc1.bias',
    'text_projection.weight',
    'visual_projection.weight',
    'logit_scale',
  ].map((name) => [name, one(1)] as const),
  ['vision_model.embeddings.position_ids', one(0)] as const,
]

/** open_clip's tower: other names, queries, keys and values in one tensor. */
function openClipTower({ weights }: GoldenFolder, prefix: string): (readonly [string, StateTensor])[] {
  const names: readonly (readonly [RegExp, string])[] = [
    [/^embeddings\.class_embedding$/, 'class_embedding'],
    [/^embeddings\.position_embedding\.weight$/, 'positional_embedding'],
    [/^embeddings\.patch_embedding/, 'conv1'],
    [/^pre_layrnorm/, 'ln_pre'],
    [/^post_layernorm/, 'ln_post'],
    [/^encoder\.layers/, 'transformer.resblocks'],
    [/layer_norm(\d)/, 'ln_$1'],
    [/self_attn\.out_proj/, 'attn.out_proj'],
    [/mlp\.fc1/, 'mlp.c_fc'],
    [/mlp\.fc2/, 'mlp.c_proj'],
  ]
  const out = new Map<string, StateTensor>([['proj', one(1)]])
  for (const [name, tensor] of entries(weights, 'vision_encoder.vision_model.')) {
    const fused = /^(.*)self_attn\.q_proj\.(weight|bias)$/.exec(name)
    if (fused !== null) {
      const at = (part: string) => `vision_encoder.vision_model.${fused[1]}self_attn.${part}_proj.${fused[2]}`
      const parts = ['q', 'k', 'v'].map((part) => weights.get(at(part))!.values as Float32Array)
      const [rows = 0, ...rest] = tensor.shape
      const values = Float32Array.from(parts.flatMap((part) => [...part]))
      const key = names.reduce((text, [from, to]) => text.replace(from, to), `${fused[1]}attn.in_proj_${fused[2]}`)
      out.set(key, { shape: [3 * rows, ...rest], values })
    } else if (!/self_attn\.[kv]_proj/.test(name))
      out.set(
        names.reduce((text, [from, to]) => text.replace(from, to), name),
        tensor,
      )
  }
  return [...out].map(([name, tensor]) => [`${prefix}${name}`, tensor] as const)
}

/** Largest difference of the logits at real positions. */
function logitsDistance(model: Otter, { io }: GoldenFolder): number {
  const batch = goldenBatch(io)
  const golden = goldenValues(io, 'logits')
  const width = golden.length / batch.attentionMask.length
  const real = (values: Float32Array) => values.filter((_, i) => batch.attentionMask[Math.floor(i / width)] === 1)
  const logits = tf.tidy(() => model.forward(batch).logits.dataSync() as Float32Array)
  return distance(real(logits), real(golden))
}

const open = (folder: GoldenFolder, ...weights: string[]) =>
  openOtter({ tf, config: parseOtterConfig(folder.config), weights })

describe('a model from its files', () => {
  /** Largest logit is about 11, and a bfloat16 has eight bits: 0.07 was seen. */
  const exact = 2e-4
  const rounded = 0.15
  test.each<[string, number, () => string[]]>([
    ['model.safetensors', exact, () => [join(goldenFolder('llama'), 'model.safetensors')]],
    [
      "Otter's final_weights.pt beside CLIP",
      exact,
      () => [save('clip', clipModel(llama)), checkpoint('final_weights.pt')],
    ],
    [
      "OpenFlamingo's checkpoint.pt over LLaMA and open_clip",
      exact,
      () => [
        save('llama', languageModel(llama, ['model.layers.0.self_attn.rotary_emb.inv_freq'])),
        save('open-clip', [
          ...openClipTower(llama, 'visual.'),
          ...[
            'token_embedding.weight',
            'positional_embedding',
            'context_length',
            'transformer.resblocks.0.ln_1.weight',
          ].map((name) => [name, one(0)] as const),
        ]),
        checkpoint('checkpoint.pt'),
      ],
    ],
    [
      'OpenFlamingo as built, with copies and open_clip inside',
      exact,
      () => {
        const own = [...llama.weights].filter(([name]) => !name.startsWith('vision_encoder.'))
        const copies = [
          'lang_encoder.old_decoder_blocks.0.mlp.up_proj.weight',
          'lang_encoder.gated_cross_attn_layers.1.attn_gate',
        ]
        const tower = openClipTower(llama, 'vision_encoder.')
        return [save('built', [...own, ...tower, ...copies.map((name) => [name, one(9)] as const)])]
      },
    ],
    ['pytorch_model.bin.index.json', rounded, () => [checkpoint('pytorch_model.bin.index.json')]],
    ['a directory', rounded, () => [checkpoint('.')]],
    ['model.bf16.safetensors', rounded, () => [checkpoint('model.bf16.safetensors')]],
  ])('%s gives the logits of the original modules', async (_, tolerance, weights) => {
    const before = tf.memory().numTensors
    const { model, report } = await open(llama, ...weights())
    expect(report).toEqual({ missing: [], surplus: [], misshaped: [], resized: [] })
    expect(logitsDistance(model, llama)).toBeLessThan(tolerance)
    model.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })

  test.each(['mpt', 'neox'])('%s: a language model with its buffers, and names of other versions', async (name) => {
    const folder = readGoldenFolder(goldenFolder(name))
    const lm = languageModel(folder, [
      'gpt_neox.layers.0.attention.bias',
      'gpt_neox.layers.0.attention.masked_bias',
      'gpt_neox.layers.0.attention.rotary_emb.inv_freq',
    ]).filter(([key]) => (name === 'neox') === key.startsWith('gpt_neox') || !key.startsWith('gpt_neox'))
    // transformers 5: GPT-NeoX's head is lm_head. A tied head of an MPT may be there a second time.
    const parts: [string, StateTensor][] = lm.map(([key, it]) => [key.replace(/^embed_out\./, 'lm_head.'), it])
    if (name === 'mpt') parts.push(['lm_head.weight', folder.weights.get('lang_encoder.transformer.wte.weight')!])
    const rest = [...folder.weights].filter(([key]) => /^perceiver\.|gated_cross_attn_layer/.test(key))
    // transformers 5 leaves the tower's prefix away, too.
    const tower = entries(folder.weights, 'vision_encoder.vision_model.')
    const { model } = await open(folder, save('lm', parts), save('tower', tower), save('rest', rest))
    expect(logitsDistance(model, folder)).toBeLessThan(2e-4)
    model.dispose()
  })

  test('what is missing, surplus, of another shape or there twice is told by name, and nothing stays in memory', async () => {
    const before = tf.memory().numTensors
    await expect(open(llama, checkpoint('checkpoint.pt'))).rejects.toThrow(
      expect.objectContaining({
        code: 'MIMICIT_BAD_WEIGHTS',
        message: expect.stringMatching(
          /checkpoint\.pt.*77 missing \(.*vision_encoder\.vision_model\.encoder\.layers\.\{0-1\}\.layer_norm1\.weight.*lang_encoder\.model\.layers\.\{0-3\}\.decoder_layer\.mlp\.up_proj\.weight.*those of: openflamingo/,
        ),
      }),
    )
    const odd = save('odd', [
      ...[...llama.weights].filter(([name]) => name !== 'perceiver.latents'),
      ['perceiver.latents', one(1)],
      ['lang_encoder.model.layers.9.decoder_layer.mlp.up_proj.weight', one(1)],
      ['optimizer', one(1)],
    ])
    await expect(open(llama, odd)).rejects.toThrow(
      /2 surplus \(optimizer, lang_encoder\.model\.layers\.9\..*1 of another shape \(perceiver\.latents \[1\] instead of \[8, 32\]\)/,
    )
    const twice = save('twice', [...llama.weights, [otterName('perceiver.layers.0.1.0.bias'), one(1)]])
    await expect(open(llama, twice)).rejects.toThrow(/one tensor for perceiver\.layers\.0\.1\.0\.bias/)
    expect(tf.memory().numTensors).toBe(before)
  })

  test('tensors that cannot be read are told before anything is changed or written', async () => {
    const name = 'perceiver.norm.weight'
    const packed = save('packed', new Map(llama.weights).set(name, { shape: [32], values: new Int32Array(32) }))
    const refused = expect.objectContaining({
      code: 'MIMICIT_UNSUPPORTED',
      message: expect.stringMatching(/1 tensors of int32 and the like \(perceiver\.norm\.weight\)/),
    })
    await expect(open(llama, packed)).rejects.toThrow(refused)
    const model = createOtter({ tf, config: parseOtterConfig(llama.config) })
    const before = await stateDict(model)
    await expect(loadWeightFiles(model, packed)).rejects.toThrow(refused)
    expect(await stateDict(model)).toEqual(before)
    model.dispose()
    await expect(convertWeights([packed], join(root, 'never.safetensors'))).rejects.toThrow(refused)
  })

  test('what no file gives starts as it would without weights, if that is allowed', async () => {
    const config = parseOtterConfig(llama.config)
    const tower = save('tower only', clipModel(llama))
    const { model, report } = await openOtter({ tf, config, seed: 7, weights: [tower], require: 'some' })
    expect(report.missing).toHaveLength(125 - 39)
    const fresh = createOtter({ tf, config, seed: 7 })
    const drawn = await stateDict(fresh)
    const state = await stateDict(model)
    expect(state.get('vision_encoder.vision_model.post_layernorm.bias')).toEqual(
      llama.weights.get('vision_encoder.vision_model.post_layernorm.bias'),
    )
    for (const name of report.missing) expect(state.get(name), name).toEqual(drawn.get(name))
    model.dispose()
    fresh.dispose()
  })
})

describe('rows of the vocabulary', () => {
  const embedding = 'lang_encoder.model.embed_tokens.weight'
  const head = 'lang_encoder.lm_head.weight'
  const cut = (name: string, rows: number): StateTensor => {
    const { shape, values } = llama.weights.get(name)!
    const width = shape[1]!
    const more = new Float32Array(rows * width).fill(5)
    more.set((values as Float32Array).subarray(0, rows * width))
    return { shape: [rows, width], values: more }
  }
  const withRows = (rows: number): StateDict =>
    new Map([...llama.weights].map(([name, it]) => [name, name === embedding || name === head ? cut(name, rows) : it]))

  test.each([
    ['fewer', 100],
    ['more', 140],
  ])('%s than the model has: those of both are taken, and it is told', async (_, rows) => {
    const told = [embedding, head].map((name) => ({ name, from: rows, to: 128 }))
    const kept = Math.min(rows, 128) * 64
    const model = goldenModel(tf)
    const report = loadWeights(model, withRows(rows))
    expect([...report.resized].sort((a, b) => (a.name < b.name ? 1 : -1))).toEqual(told)
    // The golden weights were there before: rows that the file lacks are still theirs.
    expect((await stateDict(model)).get(head)).toEqual(llama.weights.get(head))
    const path = save('rows', withRows(rows))
    expect((await loadWeightFiles(model, path)).resized).toHaveLength(2)
    expect((await stateDict(model)).get(embedding)).toEqual(llama.weights.get(embedding))
    model.dispose()
    const opened = await open(llama, path)
    expect(opened.report.resized).toHaveLength(2)
    const values = (await stateDict(opened.model)).get(embedding)!.values
    expect(values.subarray(0, kept)).toEqual(llama.weights.get(embedding)!.values.subarray(0, kept))
    if (rows < 128) expect(new Set(values.subarray(kept)).size).toBeGreaterThan(100)
    opened.model.dispose()
  })

  test('any other tensor of another number of rows does not fit', async () => {
    const name = 'perceiver.latents'
    const { values } = llama.weights.get(name)!
    const less = new Map(llama.weights).set(name, { shape: [4, 32], values: values.subarray(0, 128) as Float32Array })
    await expect(open(llama, save('less', less))).rejects.toThrow(/perceiver\.latents \[4, 32\] instead of \[8, 32\]/)
  })
})

test('weights that are open stay open, and are named by their place', async () => {
  const weights = await openWeights(checkpoint('final_weights.pt'))
  const model = goldenModel(tf)
  await loadWeightFiles(model, [weights], { require: 'trainable' })
  expect((await weights.read('lang_encoder.lm_head.weight')).length).toBe(128 * 64)
  await weights.close()
  model.dispose()
})

test.each([
  ['a checkpoint of data parallelism', ['module.perceiver.latents'], 'openflamingo'],
  [
    'one of compiled and sharded layers',
    [
      '_orig_mod.lang_encoder.model.layers.0._fsdp_wrapped_module._checkpoint_wrapped_module.decoder_layer.mlp.up_proj.weight',
    ],
    'openflamingo',
  ],
  ['an MPT', ['transformer.blocks.0.norm_1.weight'], 'mpt'],
  ['a GPT-NeoX', ['gpt_neox.layers.0.input_layernorm.bias'], 'gpt_neox'],
  ['nothing known', ['conv.weight'], undefined],
])('the scheme of %s', (_, keys, scheme) => {
  const reading = readKeys(keys.map((key) => [key, { shape: [1] }] as const))
  expect(reading.scheme).toBe(scheme)
  expect([...reading.found.keys()]).toEqual(
    scheme === undefined ? [] : [expect.stringMatching(/^(perceiver|lang_encoder\.[a-z_.]+\.0\.decoder_layer)\./)],
  )
})

test('names stand together by layer, and none is left out', () => {
  expect(nameList(['a.0.x', 'b', 'a.2.x', 'a.1.x', 'a.5.x', 'a.5.y', 'c.7'])).toBe('a.{0-2,5}.x, b, a.5.y, c.7')
})
