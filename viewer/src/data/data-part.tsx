// The data: a list on the left, the tuple that is looked at on the right.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { DatasetFacts, Filter, FoundId, RowLine } from '../../../src/serve/wire.js'
import { get, withParams } from '../api.js'
import { count, plural } from '../format.js'
import { useKeys } from '../keys.js'
import { Notice } from '../parts/notice.js'
import { go, type Place, placeHref } from '../place.js'
import { FilterBar } from './filter-bar.js'
import { filterOf, withFilter } from './filter-place.js'
import { RowList } from './row-list.js'
import { type TupleTab, TupleView } from './tuple-view.js'
import { useSearch } from './use-search.js'

export interface DataPartProps {
  readonly dataset: DatasetFacts
  readonly place: Place
}

export function DataPart({ dataset, place }: DataPartProps) {
  const row = rowOf(place.path[1], dataset.pairs)
  const tab: TupleTab = place.path[2] === 'model' ? 'model' : 'tuple'
  const context = place.params.context ?? dataset.defaultContext
  const filter = filterOf(place.params)
  const [at, setAt] = useState<number>()
  const [fault, setFault] = useState<Error>()
  const search = useSearch(filter)
  const searching = Object.keys(filter).length > 0
  const rows = searching ? (search.progress?.found ?? 0) : dataset.pairs
  const searchId = searching ? search.progress?.id : undefined

  const show = (next: number, params = place.params, nextTab = tab) => {
    const path = nextTab === 'model' ? ['data', next, 'model'] : ['data', next]
    go(placeHref(path, params))
  }
  const setFilter = (next: Filter) => go(placeHref(place.path, withFilter(place.params, next)))
  // Without a search a row is its own place in the list.
  useEffect(() => {
    if (!searching && row !== undefined) setAt(row)
  }, [row, searching])
  const step = async (by: number) => {
    const next = at === undefined ? 0 : at + by
    if (next < 0 || next >= rows) return
    if (!searching) return show(next)
    const [line] = await get<RowLine[]>(withParams('/api/lines', { from: next, to: next + 1, search: searchId }))
    if (line === undefined) return
    setAt(next)
    show(line.row)
  }
  // The newest question alone is answered.
  const asked = useRef(0)
  const find = async (text: string) => {
    const question = ++asked.current
    setFault(undefined)
    const unfiltered = withFilter(place.params, {})
    const [, digits] = /^#?(\d+)$/.exec(text) ?? []
    if (digits !== undefined && Number(digits) < dataset.pairs) return show(Number(digits), unfiltered)
    const { row: found } = await get<FoundId>(`/api/ids/${encodeURIComponent(text)}`).catch((error: Error) => {
      setFault(error)
      return { row: null }
    })
    if (question !== asked.current) return
    if (found !== null) show(found, unfiltered)
    else setFilter({ ...filter, text })
  }
  useKeys({
    '/': () => document.getElementById('search')?.focus(),
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    m: () => row !== undefined && show(row, place.params, tab === 'model' ? 'tuple' : 'model'),
    Escape: () => go(placeHref(['data'], place.params)),
  })
  const error = search.error ?? fault ?? noRow(place.path[1], dataset.pairs)
  return (
    <div class={row === undefined ? 'data' : 'data with-tuple'}>
      <section class="list" aria-label="List">
        <h1 class="unseen">Pairs</h1>
        <FilterBar {...{ dataset, filter, context }} onFilter={setFilter} onFind={find} />
        <SearchLine {...{ searching, rows }} search={search} />
        {error && <Notice error={error} />}
        <RowList
          {...{ rows, place: at, search: searchId, chosen: row }}
          onFault={setFault}
          onChoose={(line, chosenAt) => {
            setAt(chosenAt)
            show(line.row)
          }}
        />
      </section>
      <section class="tuple" aria-label="Tuple">
        {row === undefined ? (
          <Welcome dataset={dataset} />
        ) : (
          <TupleView
            {...{ dataset, row, tab, context, params: place.params }}
            onContext={(name) => show(row, { ...place.params, context: name })}
            onTab={(next) => show(row, place.params, next)}
            onStep={step}
          />
        )}
      </section>
    </div>
  )
}

function rowOf(text: string | undefined, rows: number): number | undefined {
  return text !== undefined && /^\d+$/.test(text) && Number(text) < rows ? Number(text) : undefined
}

/** What to say of a row that is named and is not there. */
const noRow = (text: string | undefined, rows: number): Error | undefined =>
  text === undefined || rowOf(text, rows) !== undefined
    ? undefined
    : new Error(`There is no row ${text}; the data set has ${plural(rows, 'pair')}.`)

interface SearchLineProps {
  readonly searching: boolean
  readonly rows: number
  readonly search: ReturnType<typeof useSearch>
}

function SearchLine({ searching, rows, search: { progress, stop } }: SearchLineProps) {
  const running = searching && progress !== undefined && !progress.finished
  return (
    <p class="found" role="status">
      {!searching ? plural(rows, 'pair') : progress === undefined ? 'searching …' : `${count(rows)} found`}
      {running && (
        <>
          <progress max={progress.total} value={progress.done} aria-label="Searching" />
          <button type="button" onClick={stop}>
            Stop
          </button>
        </>
      )}
    </p>
  )
}

/** What to do first, while no tuple is chosen. */
function Welcome({ dataset }: { readonly dataset: DatasetFacts }) {
  const { subsets, contexts, pictures } = dataset
  return (
    <div class="welcome">
      <h1>
        {plural(dataset.pairs, 'pair')} with {plural(pictures, 'picture')}
      </h1>
      <dl class="facts">
        {subsets.map(({ name, title, pairs }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {title}, {count(pairs)}
            </dd>
          </div>
        ))}
        {contexts.map(({ name, queries, maxContexts }) => (
          <div key={`context ${name}`}>
            <dt>C_psi {name}</dt>
            <dd>
              {plural(queries, 'query', 'queries')}, at most {plural(maxContexts, 'context')}
            </dd>
          </div>
        ))}
      </dl>
      <p class="quiet keys">
        <kbd>j</kbd> <kbd>k</kbd> next and previous pair, <kbd>m</kbd> what the model gets, <kbd>/</kbd> search,{' '}
        <kbd>1</kbd> … <kbd>9</kbd> in-context function
      </p>
    </div>
  )
}
