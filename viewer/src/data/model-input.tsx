// What the model gets of a tuple: the tensors of a batch of this one sample, as the loader makes them with these options.
import { useState } from 'preact/hooks'
import type { DatasetFacts, Sample, SampleOptions } from '../../../src/serve/wire.js'
import { useGet, withParams } from '../api.js'
import { count, percent, plural, seconds } from '../format.js'
import { NumberField, Select } from '../parts/fields.js'
import { Notice } from '../parts/notice.js'
import { Tokens } from './tokens.js'

export interface ModelInputProps {
  readonly dataset: DatasetFacts
  readonly row: number
  readonly context: string
}

const DEFAULTS = {
  ...{ shots: 2, template: 'simple', labels: 'head', transform: 'squash', maxTokens: 2048, imageSize: 224 },
} as const satisfies SampleOptions

export function ModelInput({ dataset, row, context }: ModelInputProps) {
  const [options, setOptions] = useState<SampleOptions>(DEFAULTS)
  const change = (part: SampleOptions) => setOptions({ ...options, ...part })
  const {
    value: sample,
    url,
    error,
    loading,
  } = useGet<Sample>(withParams(`/api/pairs/${row}/sample`, { ...options, context }))
  const names = (all: readonly string[]) => all.map((name) => ({ value: name, title: name }))
  const most = dataset.contexts.find(({ name }) => name === context)?.maxContexts ?? 0
  return (
    <section class="model" aria-label="What the model gets">
      <div class="fields">
        <NumberField
          {...{ label: `Shots (of ${most})`, value: Math.min(options.shots ?? 0, most), max: most }}
          onChange={(shots) => change({ shots: shots ?? 0 })}
        />
        <NumberField
          {...{ label: 'Tokens at most', value: options.maxTokens, min: 2, max: 65536 }}
          onChange={(maxTokens) => change({ maxTokens: maxTokens ?? DEFAULTS.maxTokens })}
        />
        <NumberField
          {...{ label: 'Image size', value: options.imageSize, min: 16, max: 1024 }}
          onChange={(imageSize) => change({ imageSize: imageSize ?? DEFAULTS.imageSize })}
        />
        <Select
          {...{ label: 'Transform', value: options.transform ?? '', choices: names(dataset.transforms) }}
          onChange={(transform) => change({ transform })}
        />
        <Select
          {...{ label: 'Template', value: options.template ?? '', choices: names(dataset.templates) }}
          onChange={(template) => change({ template })}
        />
        <Select
          {...{ label: 'Labels', value: options.labels ?? '', choices: names(dataset.labels) }}
          onChange={(labels) => change({ labels })}
        />
      </div>
      {error !== undefined && <Notice error={error} />}
      {sample === undefined && loading && <p class="quiet">Making the batch …</p>}
      {sample !== undefined && url !== undefined && <Tensors {...{ sample, url, loading }} />}
    </section>
  )
}

interface TensorsProps {
  readonly sample: Sample
  /** What the sample was asked for with. */
  readonly url: string
  readonly loading: boolean
}

function Tensors({ sample, url, loading }: TensorsProps) {
  const { shape, maxTokens, learned, pixelRange, droppedIds, contextIds } = sample
  const { L, T, F, H, W } = shape
  const withLoss = learned.reduce((sum, one) => sum + one, 0)
  return (
    <div class={loading ? 'stale' : ''}>
      <dl class="facts tensors">
        <div>
          <dt>inputIds, labels</dt>
          <dd>
            int32 [1,{L}] of at most {count(maxTokens)}; {plural(withLoss, 'token')} ({percent(withLoss / L)}) with loss
          </dd>
        </div>
        <div>
          <dt>pixelValues</dt>
          <dd>
            float32 [1,{T},{F},3,{H},{W}]
            {pixelRange !== null && `, ${pixelRange[0].toFixed(3)} to ${pixelRange[1].toFixed(3)}`}
          </dd>
        </div>
        <div>
          <dt>Contexts</dt>
          <dd>
            {contextIds.length === 0 ? 'none' : contextIds.join(', ')}
            {droppedIds.length > 0 && (
              <strong class="dropped">
                {' '}
                {plural(droppedIds.length, 'context')} left out by the token budget: {droppedIds.join(', ')}
              </strong>
            )}
          </dd>
        </div>
      </dl>
      <Pixels {...{ sample, url }} />
      <Tokens sample={sample} />
    </div>
  )
}

/** Every slot and frame of the tensor, back in colours. */
function Pixels({ sample, url }: Omit<TensorsProps, 'loading'>) {
  const { shape, mediaMask, mediaTimes } = sample
  const { T, F, H, W } = shape
  if (T === 0) return null
  const places = Array.from({ length: T * F }, (_, i) => ({ slot: Math.floor(i / F), frame: i % F, at: i }))
  return (
    <div class="pixels">
      {places.map(({ slot, frame, at }) => {
        const name = F === 1 ? `slot ${slot}` : `slot ${slot}, frame ${frame}`
        const time = mediaTimes?.[at]
        return (
          <figure key={at}>
            {mediaMask[at] === 1 ? (
              <img src={url.replace('?', `/${slot}/${frame}?`)} width={W} height={H} alt={`Pixels of ${name}`} />
            ) : (
              <div class="padding">padding</div>
            )}
            <figcaption>
              {name}
              {typeof time === 'number' && `, ${seconds(time)}`}
            </figcaption>
          </figure>
        )
      })}
    </div>
  )
}
