// The order of the loader: which samples every step has, and the state to resume from after it.
import type { DatasetFacts, PlanView } from '../../../src/serve/wire.js'
import { useGet, withParams } from '../api.js'
import { count, plural } from '../format.js'
import { useKeys } from '../keys.js'
import { NumberField, Select } from '../parts/fields.js'
import { Notice } from '../parts/notice.js'
import { go, type Place, placeHref } from '../place.js'

const DEFAULTS = { batchSize: 8, shots: 2, seed: 0, epoch: 0, step: 0, steps: 8, shuffle: 'windowed' } as const
type Options = { readonly [K in keyof typeof DEFAULTS]: (typeof DEFAULTS)[K] extends number ? number : string } & {
  readonly context: string
}

export function OrderPart({ dataset, place }: { readonly dataset: DatasetFacts; readonly place: Place }) {
  const options = optionsOf(dataset, place.params)
  const change = (part: Partial<Options>) => go(placeHref(['order'], { ...options, ...part }), true)
  const { value, error, loading } = useGet<PlanView>(withParams('/api/plan', options))
  const last = (value?.stepsPerEpoch ?? 1) - 1
  const move = (by: number) => change({ step: Math.max(0, Math.min(last, options.step + by)) })
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowRight: () => move(options.steps),
    ArrowLeft: () => move(-options.steps),
  })
  const number = (name: 'batchSize' | 'shots' | 'seed' | 'epoch' | 'step', label: string, min = 0) => (
    <NumberField
      {...{ label, value: options[name], min }}
      onChange={(next) => change({ [name]: next ?? DEFAULTS[name] })}
    />
  )
  return (
    <div class="page order">
      <h1>The order of the loader</h1>
      <div class="fields">
        {number('step', 'Step')}
        {number('epoch', 'Epoch')}
        {number('seed', 'Seed')}
        {number('batchSize', 'Batch size', 1)}
        {number('shots', 'Shots')}
        <Select
          {...{ label: 'Shuffle', value: options.shuffle }}
          choices={['windowed', 'full', 'none'].map((name) => ({ value: name, title: name }))}
          onChange={(shuffle) => change({ shuffle })}
        />
        <Select
          {...{ label: 'C_psi', value: options.context }}
          choices={[...dataset.contexts.map(({ name }) => name), 'none'].map((name) => ({ value: name, title: name }))}
          onChange={(context) => change({ context })}
        />
      </div>
      {error !== undefined && <Notice error={error} />}
      {value !== undefined && (
        <div class={loading ? 'stale' : ''}>
          <p class="facts-line">
            <span>plan {value.plan}</span>
            <span>{plural(value.samples, 'sample')} an epoch</span>
            {value.stepsPerEpoch !== null && <span>{plural(value.stepsPerEpoch, 'step')}</span>}
          </p>
          <label class="slider">
            <span class="unseen">Step of the epoch</span>
            <input
              type="range"
              min={0}
              max={Math.max(0, last)}
              value={value.from.step}
              onChange={({ currentTarget }) => change({ step: currentTarget.valueAsNumber })}
            />
          </label>
          <table>
            <thead>
              <tr>
                <th scope="col">Step</th>
                <th scope="col">Samples (rows), with their contexts</th>
                <th scope="col">State after it</th>
              </tr>
            </thead>
            <tbody>
              {value.steps.map(({ step, samples, after }) => (
                <tr key={step}>
                  <th scope="row">{count(step)}</th>
                  <td>
                    <ul class="samples">
                      {samples.map(({ row, id, contexts }) => (
                        <li key={row}>
                          <a href={placeHref(['data', row], { context: options.context })} title={id}>
                            {row}
                          </a>
                          {contexts.length > 0 && <span class="quiet"> ← {contexts.join(' ')}</span>}
                        </li>
                      ))}
                    </ul>
                  </td>
                  <td>
                    <code>{JSON.stringify(after)}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

function optionsOf(dataset: DatasetFacts, params: Readonly<Record<string, string>>): Options {
  const number = (name: Exclude<keyof typeof DEFAULTS, 'shuffle'>) => {
    const given = Number(params[name])
    return params[name] !== undefined && Number.isInteger(given) && given >= 0 ? given : DEFAULTS[name]
  }
  return {
    ...{ batchSize: Math.max(1, number('batchSize')), shots: number('shots'), seed: number('seed') },
    ...{ epoch: number('epoch'), step: number('step'), steps: number('steps') },
    ...{ shuffle: params.shuffle ?? DEFAULTS.shuffle, context: params.context ?? dataset.defaultContext },
  }
}
