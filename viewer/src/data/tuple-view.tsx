// One tuple: the query, and beside it the contexts of a C_psi that can be switched.
import type { ContextList, DatasetFacts, FullPair } from '../../../src/serve/wire.js'
import { useGet, withParams } from '../api.js'
import { count, languageName, plural } from '../format.js'
import { useKeys } from '../keys.js'
import { Notice } from '../parts/notice.js'
import { Segments } from '../parts/segments.js'
import { placeHref } from '../place.js'
import type { PlaceParams } from './filter-place.js'
import { ModelInput } from './model-input.js'
import { PairText } from './pair-text.js'
import { Visuals } from './visuals.js'

export type TupleTab = 'tuple' | 'model'

export interface TupleViewProps {
  readonly dataset: DatasetFacts
  readonly row: number
  readonly tab: TupleTab
  readonly context: string
  /** Of the address; what leads to another pair leaves the list as it is. */
  readonly params: PlaceParams
  readonly onContext: (name: string) => void
  readonly onTab: (tab: TupleTab) => void
  readonly onStep: (by: number) => void
}

export function TupleView({ dataset, row, tab, context, params, onContext, onTab, onStep }: TupleViewProps) {
  const { value: pair, error } = useGet<FullPair>(`/api/pairs/${row}`)
  const names = [...dataset.contexts.map(({ name }) => name), 'none']
  useKeys(Object.fromEntries(names.slice(0, 9).map((name, i) => [String(i + 1), () => onContext(name)])))
  if (error !== undefined) return <Notice error={error} />
  if (pair === undefined) return <p class="quiet centred">Reading …</p>
  return (
    <article>
      <header class="pair-head">
        <a class="back" href={placeHref(['data'], params)}>
          ‹ List
        </a>
        <h1>{pair.id}</h1>
        <p class="facts-line">
          <span>row {count(pair.row)}</span>
          <span>{dataset.subsets.find(({ name }) => name === pair.subset)?.title ?? pair.subset}</span>
          <span>{languageName(pair.language)}</span>
          {pair.split !== null && <span>{pair.split}</span>}
          <span>
            {pair.mediaKind === 'video'
              ? plural(pair.pictures.length, 'frame')
              : plural(pair.pictures.length, 'picture')}
          </span>
        </p>
        <div class="steps">
          <button type="button" onClick={() => onStep(-1)} title="Previous (k)">
            ‹<span class="unseen">Previous</span>
          </button>
          <button type="button" onClick={() => onStep(1)} title="Next (j)">
            ›<span class="unseen">Next</span>
          </button>
        </div>
      </header>
      <div class="switches">
        <Segments
          {...{ label: 'Shown', name: 'tab', value: tab, onChange: onTab }}
          choices={[
            { value: 'tuple', title: 'Tuple' },
            { value: 'model', title: 'What the model gets', note: 'm' },
          ]}
        />
        <Segments
          {...{ label: 'C_psi', name: 'context', value: context, onChange: onContext }}
          choices={names.map((name) => ({ value: name, title: name }))}
        />
      </div>
      {tab === 'tuple' ? (
        <>
          <section class="query" aria-label="Query">
            <Visuals pair={pair} size="large" />
            <PairText pair={pair} />
          </section>
          {/* Of the pair that is shown, which is the one before until the next one is here; never of another one. */}
          <Contexts key={pair.row} row={pair.row} name={context} params={params} />
          {pair.metadata !== null && (
            <details class="metadata">
              <summary>What else its source says</summary>
              <pre>{pretty(pair.metadata)}</pre>
            </details>
          )}
        </>
      ) : (
        <ModelInput {...{ dataset, row: pair.row, context }} />
      )}
    </article>
  )
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

interface ContextsProps {
  readonly row: number
  readonly name: string
  readonly params: PlaceParams
}

function Contexts({ row, name, params }: ContextsProps) {
  const { value, error } = useGet<ContextList>(withParams(`/api/pairs/${row}/contexts`, { name }))
  if (error !== undefined) return <Notice error={error} />
  if (value === undefined) return <p class="quiet">Reading contexts …</p>
  const { contexts, listed } = value
  const best = Math.max(...contexts.map(({ score }) => score ?? 0), 1e-9)
  return (
    <section class="contexts" aria-label="Contexts">
      <h2>
        {plural(contexts.length, 'context')} <span class="quiet">by {value.name}</span>
      </h2>
      {!listed && name !== 'none' && <p class="quiet">This in-context function says nothing of this query.</p>}
      <ol>
        {contexts.map(({ pair, score }, i) => (
          <li key={pair.row}>
            <header>
              <span class="rank">{i + 1}</span>
              <a href={placeHref(['data', pair.row], { ...params, context: name })}>{pair.id}</a>
              {score !== null && (
                <span class="score" title={`score ${score}`}>
                  <span class="bar" style={{ inlineSize: `${Math.max(2, 40 * Math.max(0, score / best))}px` }} />
                  {score.toFixed(3)}
                </span>
              )}
            </header>
            <Visuals pair={pair} size="small" />
            <PairText pair={pair} />
          </li>
        ))}
      </ol>
    </section>
  )
}
