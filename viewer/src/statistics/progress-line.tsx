// How far a measurement is, until it is done.
import { Notice } from '../parts/notice.js'
import type { Measured } from './use-measure.js'

export function ProgressLine({ measured }: { readonly measured: Measured<unknown> }) {
  const { report, progress, error } = measured
  if (error !== undefined) return <Notice error={error} />
  if (report !== undefined) return null
  return (
    <p class="quiet" role="status">
      {progress?.stage ?? 'measuring'} …{' '}
      {progress?.total && <progress max={progress.total} value={progress.done} aria-label="Measured" />}
    </p>
  )
}
