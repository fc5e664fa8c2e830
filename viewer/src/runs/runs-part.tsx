// Training runs: their curves while they grow, and what the newest checkpoint answers.
import { useEffect, useState } from 'preact/hooks'
import type { RunFacts, RunNews, RunSample } from '../../../src/serve/wire.js'
import { listen, useGet } from '../api.js'
import { LinePlot } from '../charts/line-plot.js'
import { count, plural, short } from '../format.js'
import { Notice } from '../parts/notice.js'
import { Segments } from '../parts/segments.js'
import { go, type Place, placeHref } from '../place.js'
import { withNews } from './with-news.js'

export function RunsPart({ place }: { readonly place: Place }) {
  const { value: runs, error } = useGet<readonly RunFacts[]>('/api/runs')
  const at = Number(place.path[1] ?? 0)
  if (error !== undefined) return <Notice error={error} />
  const run = runs?.[at]
  if (runs === undefined) return <p class="quiet centred">Reading …</p>
  if (run === undefined)
    return <Notice error={new Error(`There is no run ${place.path[1]}; there are ${runs.length}.`)} />
  return (
    <div class="page runs">
      {runs.length > 1 && (
        <Segments
          {...{ label: 'Run', name: 'run', value: String(at), onChange: (next) => go(placeHref(['runs', next])) }}
          choices={runs.map(({ name }, i) => ({ value: String(i), title: name }))}
        />
      )}
      <RunView key={at} {...{ run, at }} />
    </div>
  )
}

const NOTHING: RunNews = { points: [], evaluations: [], checkpoints: [], anew: false }

function RunView({ run, at }: { readonly run: RunFacts; readonly at: number }) {
  const [state, setState] = useState(NOTHING)
  const [error, setError] = useState<Error>()
  useEffect(
    () => listen<RunNews>(`/api/runs/${at}/news`, (news) => setState((before) => withNews(before, news)), setError),
    [at],
  )
  const { points, evaluations, checkpoints } = state
  const last = points.at(-1)
  const curve = (of: (point: RunNews['points'][number]) => number) =>
    points.map((point) => ({ x: point.step, y: of(point) }))
  return (
    <>
      <header>
        <h1>{run.name}</h1>
        <p class="facts-line">
          <span>{run.model}</span>
          <span>batches of {run.batchSize}</span>
          <span>{plural(run.shots, 'shot')}</span>
          <span>learning rate up to {short(run.lr)}</span>
        </p>
      </header>
      {error && <Notice error={error} />}
      <p role="status">
        step {count(last?.step ?? 0)} of {count(run.steps)}{' '}
        <progress max={run.steps} value={last?.step ?? 0} aria-label="Steps done" />
      </p>
      <div class="figures">
        <LinePlot
          title="Loss"
          points={curve(({ loss }) => loss)}
          dots={evaluations.map(({ step, evalLoss }) => ({ x: step, y: evalLoss }))}
        />
        <LinePlot title="Learning rate" points={curve(({ lr }) => lr)} smoothing={0} />
        <LinePlot title="Norm of gradients" points={curve(({ gradNorm }) => gradNorm)} />
        <LinePlot title="Time of a step, ms" points={curve(({ stepMs }) => stepMs)} />
        <LinePlot title="Waiting for data, ms" points={curve(({ dataWaitMs }) => dataWaitMs)} />
      </div>
      <Samples at={at} checkpoint={checkpoints.at(-1)} />
    </>
  )
}

function Samples({ at, checkpoint }: { readonly at: number; readonly checkpoint: number | undefined }) {
  const [samples, setSamples] = useState<readonly RunSample[]>([])
  const [asking, setAsking] = useState(false)
  const [error, setError] = useState<Error>()
  useEffect(() => {
    if (!asking) return
    setSamples([])
    setError(undefined)
    return listen<RunSample>(
      `/api/runs/${at}/samples`,
      (sample) => setSamples((before) => [...before, sample]),
      (failure) => {
        setError(failure)
        setAsking(false)
      },
    )
  }, [asking, at])
  return (
    <section aria-label="Samples" class="samples-of-run">
      <h2>Samples</h2>
      {checkpoint === undefined ? (
        <p class="quiet">The run has written no checkpoint yet.</p>
      ) : (
        <button type="button" onClick={() => setAsking(!asking)}>
          {asking ? 'Stop' : `Ask the checkpoint of step ${checkpoint}`}
        </button>
      )}
      {error && <Notice error={error} />}
      {samples.map(({ id, row, step, instruction, answer, reference }) => (
        <dl class="texts" key={id}>
          <dt>
            {row === null ? id : <a href={placeHref(['data', row])}>{id}</a>}, step {step}
          </dt>
          <dd class="instruction">{instruction}</dd>
          <dt>Answer</dt>
          <dd>{answer}</dd>
          <dt>Response</dt>
          <dd class="quiet">{reference}</dd>
        </dl>
      ))}
    </section>
  )
}
