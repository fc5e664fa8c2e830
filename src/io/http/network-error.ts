// What can go wrong with a request, in words. No message holds more of an address than its origin and path, and none
// holds a header.
import { MimicitError } from '../../base/errors.js'
import { describeUrl } from '../location.js'

/** A try that did not work out but may the next time; never leaves this room. */
export class Failure {
  readonly what: string
  readonly retryAfter: string | null

  constructor(what: string, retryAfter: string | null = null) {
    this.what = what
    this.retryAfter = retryAfter
  }
}

/** Why `fetch` gave up, without what it may quote of the request. */
export function failureOfThrown(error: unknown): Failure {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined
  const code = cause?.code ?? (error as { code?: unknown } | undefined)?.code
  if (typeof code === 'string') return new Failure(code === 'UND_ERR_SOCKET' ? 'a connection cut short' : code)
  // undici words a body that ends too early just like this, and has no code for it.
  return new Failure(
    error instanceof TypeError && error.message === 'terminated' ? 'a body cut short' : 'no connection',
  )
}

/** Tries are exhausted. */
export const gaveUp = (url: URL, last: Failure, tries: number) =>
  new MimicitError('MIMICIT_NETWORK', {
    expected: 'an answer',
    where: describeUrl(url),
    received: `${last.what}, after ${tries} tries`,
    hint: 'The server or the network is in trouble; go on later, nothing was lost.',
  })

/** The client was closed, or its signal aborted. */
export const stopped = (url: URL) =>
  new MimicitError('MIMICIT_ABORTED', { expected: 'to finish', where: describeUrl(url), received: 'a request to stop' })

/** The file is no longer the one that was opened. */
export const changed = (url: URL, received: string) =>
  new MimicitError('MIMICIT_SOURCE_CHANGED', {
    expected: 'the file as it was when it was opened',
    where: describeUrl(url),
    received,
    hint: 'It was replaced while being read; open the data set again, or pin a revision.',
  })

/** The server cannot do what is needed of it. */
export const unable = (url: URL, expected: string, received: string) =>
  new MimicitError('MIMICIT_UNSUPPORTED', {
    expected,
    where: describeUrl(url),
    received,
    hint: 'Serve the data set as plain files with range requests, or copy it to a local directory.',
  })

/** No such file. */
export const missing = (url: URL) =>
  new MimicitError('MIMICIT_NOT_FOUND', {
    expected: 'an existing file',
    where: describeUrl(url),
    received: 'status 404',
    hint: 'Check the address.',
  })

/** The server says no for good. */
export function refused(url: URL, response: Response): MimicitError {
  if (response.status === 404 || response.status === 410) return missing(url)
  const region = response.headers.get('x-amz-bucket-region')
  const denied = response.status === 401 || response.status === 403
  return new MimicitError('MIMICIT_NETWORK', {
    expected: 'the file',
    where: describeUrl(url),
    received: `status ${response.status}`,
    hint:
      region !== null
        ? `The bucket is in region ${region}; set AWS_REGION to it, and check the credentials in the environment.`
        : denied
          ? 'Check the credentials: HF_TOKEN for hf://, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for s3://.'
          : 'Check the address.',
  })
}
