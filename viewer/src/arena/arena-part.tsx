// The arena: a question, two answers, a vote; whose they were is told when it has been cast.
import { useEffect, useState } from 'preact/hooks'
import type { ArenaRatings, ArenaState } from '../../../src/serve/wire.js'
import { ApiError, get, post, useGet } from '../api.js'
import { count, plural } from '../format.js'
import { onceEach, useKeys } from '../keys.js'
import { Notice } from '../parts/notice.js'

const CHOICES = [
  { winner: 'left', title: 'Left', key: '1' },
  { winner: 'right', title: 'Right', key: '2' },
  { winner: 'tie', title: 'Equally good', key: '3' },
  { winner: 'both-bad', title: 'Both bad', key: '4' },
] as const
type Winner = (typeof CHOICES)[number]['winner']

interface Cast {
  readonly models: { readonly left: string; readonly right: string }
  readonly next: ArenaState
}

export function ArenaPart() {
  const begun = useGet<ArenaState>('/api/arena')
  const [state, setState] = useState<ArenaState>()
  const [last, setLast] = useState<{ readonly winner: Winner; readonly models: Cast['models'] }>()
  const [ratings, setRatings] = useState<ArenaRatings>()
  const [error, setError] = useState<Error>()
  const [sending, setSending] = useState(false)
  const shown = state ?? begun.value
  const bout = shown?.bout ?? null
  useEffect(() => {
    get<ArenaRatings>('/api/arena/ratings').then(setRatings, setError)
  }, [shown?.voted])
  const vote = async (winner: Winner) => {
    if (bout === null || sending) return
    setSending(true)
    setError(undefined)
    try {
      const { models, next } = await post<Cast>('/api/arena/votes', { id: bout.id, winner })
      setLast({ winner, models })
      setState(next)
    } catch (failure) {
      setError(failure as Error)
      // Another window may have voted on it: what is open now is shown, or this one would have nowhere to go.
      if (failure instanceof ApiError) setState(await get<ArenaState>('/api/arena').catch(() => state))
    } finally {
      setSending(false)
    }
  }
  useKeys(Object.fromEntries(CHOICES.map(({ key, winner }) => [key, () => vote(winner)])), { once: true })
  const fault = error ?? begun.error
  return (
    <div class="page arena">
      {fault && <Notice error={fault} />}
      {shown !== undefined && (
        <p class="facts-line" role="status">
          <span>{plural(shown.voted, 'vote')}</span>
          <span>{count(shown.left)} to go</span>
          {last && (
            <span>
              last: left was {last.models.left}, right was {last.models.right}
            </span>
          )}
        </p>
      )}
      {bout !== null && (
        <section class="bout" aria-label="Bout">
          <h1 dir="auto">{bout.instruction ?? bout.question}</h1>
          {bout.pictures.length > 0 && (
            <div class={`visuals large ${bout.pictures.length === 1 ? 'one' : 'several'}`}>
              {bout.pictures.map((row) => (
                <img key={row} src={`/api/pictures/${row}?side=640`} alt={`Of the question, row ${row}`} />
              ))}
            </div>
          )}
          <div class="answers">
            {(['Left', 'Right'] as const).map((side) => (
              <div key={side}>
                <p class="side">{side}</p>
                <blockquote aria-label={`${side} answer`} dir="auto">
                  {side === 'Left' ? bout.left : bout.right}
                </blockquote>
              </div>
            ))}
          </div>
          <div class="votes" {...onceEach}>
            {CHOICES.map(({ winner, title, key }) => (
              <button type="button" key={winner} disabled={sending} onClick={() => vote(winner)}>
                {title} <kbd>{key}</kbd>
              </button>
            ))}
          </div>
        </section>
      )}
      {shown !== undefined && bout === null && <h1>Every bout has its vote.</h1>}
      {ratings !== undefined && ratings.models.length > 0 && <Ratings ratings={ratings} done={bout === null} />}
    </div>
  )
}

/** Closed while there is something to vote on: whoever sees who leads votes otherwise. */
function Ratings({ ratings, done }: { readonly ratings: ArenaRatings; readonly done: boolean }) {
  return (
    <details class="ratings" open={done}>
      <summary>Ratings (Bradley–Terry, 95 of 100 draws)</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Rating</th>
            <th scope="col">Interval</th>
            <th scope="col">Won</th>
            <th scope="col">Lost</th>
            <th scope="col">Tied</th>
          </tr>
        </thead>
        <tbody>
          {ratings.models.map(({ model, rating, low, high, won, lost, tied }) => (
            <tr key={model}>
              <th scope="row">{model}</th>
              <td class="rating">{Math.round(rating)}</td>
              <td>{low === null || high === null ? '' : `${Math.round(low)} to ${Math.round(high)}`}</td>
              <td>{won}</td>
              <td>{lost}</td>
              <td>{tied}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
