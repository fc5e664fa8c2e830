// Something that the server measures while it is waited for.
import { useEffect, useState } from 'preact/hooks'
import type { MeasureNews } from '../../../src/serve/wire.js'
import { listen } from '../api.js'

/** How far a measurement is. */
export interface Measured<T> {
  readonly report: T | undefined
  /** Undefined before there is anything to say, and once there is a report. */
  readonly progress: Exclude<MeasureNews<T>, { readonly report: T }> | undefined
  readonly error: Error | undefined
}

/** Has something measured. @param url of its news; undefined waits */
export function useMeasure<T>(url: string | undefined): Measured<T> {
  const [state, setState] = useState<Measured<T>>({ report: undefined, progress: undefined, error: undefined })
  useEffect(() => {
    if (url === undefined) return
    return listen<MeasureNews<T>>(
      url,
      (news) =>
        setState(
          'report' in news
            ? { report: news.report, progress: undefined, error: undefined }
            : { report: undefined, progress: news, error: undefined },
        ),
      (error) => setState({ report: undefined, progress: undefined, error }),
    )
  }, [url])
  return state
}
