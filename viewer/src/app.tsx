// The frame of the page: its parts on top, one of them below.
import type { ComponentChildren } from 'preact'
import type { DatasetFacts, Overview } from '../../src/serve/wire.js'
import { useGet } from './api.js'
import { ArenaPart } from './arena/arena-part.js'
import { ColdStartPart } from './cold-start/cold-start-part.js'
import { DataPart } from './data/data-part.js'
import { plural } from './format.js'
import { OrderPart } from './order/order-part.js'
import { Notice } from './parts/notice.js'
import { ThemeSwitch } from './parts/theme-switch.js'
import { type Place, placeHref, usePlace } from './place.js'
import { RunsPart } from './runs/runs-part.js'
import { StatisticsPart } from './statistics/statistics-part.js'

interface Part {
  readonly name: string
  readonly title: string
  readonly isThere: (overview: Overview) => boolean
  readonly view: (overview: Overview, place: Place) => ComponentChildren
}

const withData = (
  view: (dataset: DatasetFacts, place: Place) => ComponentChildren,
): Pick<Part, 'isThere' | 'view'> => ({
  isThere: ({ dataset }) => dataset !== null,
  view: ({ dataset }, place) => dataset && view(dataset, place),
})

/** A new part of the page is a line here. */
const PARTS: readonly Part[] = [
  { name: 'data', title: 'Data', ...withData((dataset, place) => <DataPart dataset={dataset} place={place} />) },
  { name: 'statistics', title: 'Statistics', ...withData(() => <StatisticsPart />) },
  { name: 'order', title: 'Order', ...withData((dataset, place) => <OrderPart dataset={dataset} place={place} />) },
  {
    ...{ name: 'runs', title: 'Runs', isThere: ({ parts }) => parts.includes('runs') },
    view: (_, place) => <RunsPart place={place} />,
  },
  {
    ...{ name: 'arena', title: 'Arena', isThere: ({ parts }) => parts.includes('arena') },
    view: () => <ArenaPart />,
  },
  {
    ...{ name: 'cold-start', title: 'Candidates', isThere: ({ parts }) => parts.includes('cold-start') },
    view: () => <ColdStartPart />,
  },
]

export function App() {
  const place = usePlace()
  const { value: overview, error } = useGet<Overview>('/api/overview')
  if (error !== undefined) return <Notice error={error} />
  if (overview === undefined) return <p class="quiet centred">Opening …</p>
  const parts = PARTS.filter((part) => part.isThere(overview))
  const shown = parts.find(({ name }) => name === place.path[0]) ?? parts[0]
  const { dataset } = overview
  return (
    <>
      <header class="top">
        <a class="brand" href={placeHref([])}>
          mimicit
        </a>
        <nav aria-label="Parts">
          {parts.map(({ name, title }) => (
            <a key={name} href={placeHref([name])} aria-current={name === shown?.name ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        {dataset && (
          <p class="where" title={`${dataset.location}, order key ${dataset.orderKey}`}>
            <span class="path">{dataset.location}</span>
            <span>
              {plural(dataset.pairs, 'pair')}, {plural(dataset.pictures, 'picture')}
            </span>
          </p>
        )}
        <ThemeSwitch />
      </header>
      {/* It scrolls, so it has to be reached by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above. */}
      <main class={`part part-${shown?.name}`} tabIndex={0}>
        {shown?.view(overview, place)}
      </main>
    </>
  )
}
