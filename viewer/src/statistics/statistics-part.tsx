// The statistics of the data set, measured when somebody first looks, and what is wrong with it, when somebody asks.
import { useState } from 'preact/hooks'
import type { IssuesReport, StatisticsReport } from '../../../src/serve/wire.js'
import { FigureView } from '../charts/figure.js'
import { plural } from '../format.js'
import { ProgressLine } from './progress-line.js'
import { useMeasure } from './use-measure.js'

export function StatisticsPart() {
  const measured = useMeasure<StatisticsReport>('/api/statistics')
  return (
    <div class="page statistics">
      <h1>Statistics</h1>
      <ProgressLine measured={measured} />
      {measured.report && (
        <div class="figures">
          {measured.report.figures.map((figure) => (
            <FigureView key={figure.title} figure={figure} />
          ))}
        </div>
      )}
      <Issues />
    </div>
  )
}

/** Every byte is read for it, so it waits for a word. */
function Issues() {
  const [asked, setAsked] = useState(false)
  const measured = useMeasure<IssuesReport>(asked ? '/api/issues' : undefined)
  return (
    <section class="issues" aria-label="Issues">
      <h2>Issues</h2>
      {asked ? (
        <ProgressLine measured={measured} />
      ) : (
        <>
          <p class="quiet">Every file, hash, reference and id can be checked, which reads the whole data set.</p>
          <button type="button" onClick={() => setAsked(true)}>
            Verify
          </button>
        </>
      )}
      {measured.report && <Found report={measured.report} />}
    </section>
  )
}

function Found({ report: { ok, issues, listed } }: { readonly report: IssuesReport }) {
  return (
    <>
      <p role="status">
        {issues.length === 0
          ? 'No issue.'
          : ok
            ? 'Nothing is wrong; some things are odd.'
            : 'This data set is damaged.'}
        {!listed && ' This place gives no list of its files: those that no table names were not looked for.'}
      </p>
      {issues.map(({ code, level, count, examples }) => (
        <details key={code} open={level === 'error'}>
          <summary>
            <code>{code}</code> {plural(count, level)}
          </summary>
          <ul class="examples">
            {examples.map(({ where, id, message }) => (
              <li key={`${where} ${id} ${message}`}>
                <bdi class="id">{where}</bdi> {id !== undefined && <bdi class="id">{id}</bdi>} <bdi>{message}</bdi>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </>
  )
}
