// The list of pairs: any place of millions, only what is seen is in the page.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { RowLine } from '../../../src/serve/wire.js'
import { count } from '../format.js'
import { createLineCache } from './line-cache.js'
import { type ListSize, scrollOf, seenRows, topAfter, topShowing, trackHeight } from './scroll.js'

export interface RowListProps {
  /** Rows of the list. */
  readonly rows: number
  /** The search whose list it is. */
  readonly search: string | undefined
  /** The row that is looked at. */
  readonly chosen: number | undefined
  /** The place of the list that is looked at, where it is known: it is kept in sight. */
  readonly place: number | undefined
  readonly onChoose: (line: RowLine, place: number) => void
  readonly onFault: (error: Error) => void
}

const ROW_HEIGHT = 60
/** Of no scroll event, after which the track is put where the list stands. */
const STILL_MS = 150

export function RowList({ rows, search, chosen, place, onChoose, onFault }: RowListProps) {
  const view = useRef<HTMLDivElement>(null)
  const [viewHeight, setViewHeight] = useState(600)
  const [top, setTop] = useState(0)
  const [, setLines] = useState(0)
  const lastScroll = useRef(0)
  const still = useRef(0)
  const size: ListSize = { rows, rowHeight: ROW_HEIGHT, viewHeight }
  // Another list is another cache; what is told is the same.
  const cache = useMemo(() => createLineCache(search, () => setLines((n) => n + 1), onFault), [search])
  const [from, to] = seenRows(size, top)

  useLayoutEffect(() => {
    const element = view.current!
    const measure = () => setViewHeight(element.clientHeight)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    setTop(0)
    lastScroll.current = 0
    view.current!.scrollTop = 0
    return () => cache.close()
  }, [cache])
  useEffect(() => cache.want(from, to), [cache, from, to, rows])
  // Only another place moves the list.
  useEffect(() => {
    if (place !== undefined) moveTo(topShowing(size, top, place))
  }, [place, search])

  function moveTo(next: number) {
    setTop(next)
    const element = view.current!
    element.scrollTop = scrollOf(size, next)
    lastScroll.current = element.scrollTop
  }
  function scrolled() {
    const element = view.current!
    const next = topAfter(size, top, lastScroll.current, element.scrollTop)
    lastScroll.current = element.scrollTop
    setTop(next)
    clearTimeout(still.current)
    still.current = window.setTimeout(() => moveTo(next), STILL_MS)
  }

  const offset = top - from * ROW_HEIGHT
  return (
    <div
      ref={view}
      class="rows"
      role="listbox"
      aria-label={`Pairs, ${count(rows)} in the list`}
      aria-activedescendant={chosen === undefined ? undefined : `row-${chosen}`}
      tabIndex={0}
      onScroll={scrolled}
    >
      <div style={{ height: `${trackHeight(size)}px` }} role="presentation">
        <div class="window" style={{ height: `${viewHeight}px` }} role="presentation">
          {Array.from({ length: Math.max(0, to - from) }, (_, i) => {
            const at = from + i
            const y = i * ROW_HEIGHT - offset
            return (
              <Line
                key={at}
                {...{ at, y, line: cache.at(at), rows }}
                isChosen={cache.at(at)?.row === chosen && chosen !== undefined}
                onChoose={onChoose}
              />
            )
          })}
        </div>
      </div>
    </div>
  )
}

interface LineProps {
  readonly at: number
  readonly y: number
  readonly rows: number
  readonly line: RowLine | undefined
  readonly isChosen: boolean
  readonly onChoose: RowListProps['onChoose']
}

function Line({ at, y, rows, line, isChosen, onChoose }: LineProps) {
  const place = { transform: `translateY(${y}px)`, height: `${ROW_HEIGHT}px` }
  if (line === undefined) return <div class="line waiting" style={place} aria-hidden="true" />
  const { id, row, subset, language, instruction, pictures, firstPicture } = line
  return (
    // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the list has the focus and the keys.
    <div
      id={`row-${row}`}
      class={isChosen ? 'line chosen' : 'line'}
      style={place}
      role="option"
      aria-selected={isChosen}
      aria-setsize={rows}
      aria-posinset={at + 1}
      onClick={() => onChoose(line, at)}
    >
      <span class="thumb">
        {firstPicture !== null && <img src={`/api/pictures/${firstPicture}?side=96`} alt="" loading="lazy" />}
        {pictures > 1 && <span class="badge">{pictures}</span>}
      </span>
      <span class="text">
        <span class="first" dir="auto">
          {instruction}
        </span>
        <span class="second">
          <span class="number">{count(row)}</span>
          <bdi>{subset}</bdi>
          {language !== 'en' && <span>{language}</span>}
          <bdi class="id">{id}</bdi>
        </span>
      </span>
    </div>
  )
}
