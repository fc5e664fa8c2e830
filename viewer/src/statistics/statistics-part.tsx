// The statistics of the data set, measured when somebody first looks.
import { useEffect, useState } from 'preact/hooks'
import type { StatisticsNews, StatisticsReport } from '../../../src/serve/wire.js'
import { listen } from '../api.js'
import { FigureView } from '../charts/figure.js'
import { Notice } from '../parts/notice.js'

export function StatisticsPart() {
  const [report, setReport] = useState<StatisticsReport>()
  const [progress, setProgress] = useState<Exclude<StatisticsNews, { readonly report: unknown }>>()
  const [error, setError] = useState<Error>()
  useEffect(
    () =>
      listen<StatisticsNews>(
        '/api/statistics',
        (news) => ('report' in news ? setReport(news.report) : setProgress(news)),
        (message) => setError(new Error(message)),
      ),
    [],
  )
  return (
    <div class="page statistics">
      <h1>Statistics</h1>
      {error && <Notice error={error} />}
      {report === undefined && !error && (
        <p class="quiet" role="status">
          {progress?.stage ?? 'measuring'} …{' '}
          {progress?.total && <progress max={progress.total} value={progress.done} aria-label="Measured" />}
        </p>
      )}
      {report && (
        <div class="figures">
          {report.figures.map((figure) => (
            <FigureView key={figure.title} figure={figure} />
          ))}
        </div>
      )}
    </div>
  )
}
