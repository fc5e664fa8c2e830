// What an answer is worth: its head held against what was asked for and against the file that was opened, before a byte
// of its body is read.
import type { MimicitError } from '../../base/errors.js'
import { changed, Failure, refused, unable } from './network-error.js'
import { isTransient } from './retry.js'

/** What is known of a remote file. */
export interface RemoteFacts {
  readonly byteLength: number
  /** Strong ETag, if the server gives one. */
  readonly etag: string | null
  /** What tells this content from another under the same address: an ETag of any kind, or the time of the last change. */
  readonly version: string | null
}

/** A failure worth another try, with what the server says about when. */
export const failureOf = (response: Response) =>
  new Failure(`status ${response.status}`, response.headers.get('retry-after'))

/** What the answer to a request for byte 0 tells of a file. @throws MimicitError if it tells nothing, for good */
export function factsOf(url: URL, response: Response): RemoteFacts | Failure {
  if (isTransient(response.status)) return failureOf(response)
  const etag = response.headers.get('etag')
  const identity = { etag: strong(etag), version: etag ?? response.headers.get('last-modified') }
  const range = response.headers.get('content-range')
  if (response.status === 206 || response.status === 416) {
    // An empty file has no first byte: `bytes */0` (RFC 9110, section 15.5.17).
    const total = (response.status === 206 ? /^bytes 0-0\/(\d+)$/ : /^bytes \*\/(0)$/).exec(range ?? '')?.[1]
    if (total === undefined || !Number.isSafeInteger(Number(total))) {
      return new Failure(`the range ${range ?? '(none)'} instead of 0-0 and a length`)
    }
    return { byteLength: Number(total), ...identity }
  }
  if (response.status !== 200) throw refused(url, response)
  const length = response.headers.get('content-length')
  if (length === null) throw unable(url, 'a server that answers byte ranges', 'a whole file of unknown length')
  return { byteLength: Number(length), ...identity }
}

/** What was asked for. */
export interface Asked {
  readonly url: URL
  /** First and last byte. */
  readonly from: number
  readonly to: number
  /** Whether the caller wants the whole file, so that an answer without ranges will do. */
  readonly whole: boolean
  readonly opened: RemoteFacts
}

/** Holds the head of an answer against the request: undefined if its body may be read, an error if there is no use in it. */
export function judge(response: Response, asked: Asked): Failure | MimicitError | undefined {
  const { url, from, to, whole, opened } = asked
  const { status, headers } = response
  if (isTransient(status)) return failureOf(response)
  if (status === 412 || status === 416) return changed(url, `status ${status}`)
  if (status === 200 && !whole)
    return unable(url, 'a server that answers byte ranges', 'the whole file for a part of it')
  if (status !== 206 && status !== 200) return refused(url, response)
  const coding = headers.get('content-encoding')
  if (coding !== null && coding !== 'identity') return unable(url, 'the bytes as they are', `an answer in ${coding}`)
  const etag = strong(headers.get('etag'))
  if (opened.etag !== null && etag !== null && etag !== opened.etag) {
    return changed(url, `the ETag ${etag} instead of ${opened.etag}`)
  }
  // Without a strong ETag to hold it to, a server still says when it serves something else: like is held against like.
  const version = opened.version?.startsWith('W/') ? headers.get('etag') : headers.get('last-modified')
  if (opened.etag === null && opened.version !== null && version !== null && weak(version) !== weak(opened.version)) {
    return changed(url, `the version ${version} instead of ${opened.version}`)
  }
  // The same ETag with another length is a server that is wrong about one of them, which may pass.
  const wrongLength = (received: string) =>
    etag !== null && etag === opened.etag ? new Failure(received) : changed(url, received)
  const length = headers.get('content-length')
  if (status === 200) {
    if (length === null || Number(length) === opened.byteLength) return undefined
    return wrongLength(`${length} bytes instead of ${opened.byteLength}`)
  }
  const range = headers.get('content-range') ?? '(none)'
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range) ?? []
  if (total !== undefined && total !== '*' && Number(total) !== opened.byteLength) {
    return wrongLength(`${total} bytes instead of ${opened.byteLength}`)
  }
  if (Number(first) !== from || Number(last) !== to) return new Failure(`the range ${range} instead of ${from}-${to}`)
  if (length !== null && Number(length) > to - from + 1) return new Failure(`${length} bytes for ${to - from + 1}`)
  return undefined
}

const strong = (etag: string | null) => (etag === null || etag.startsWith('W/') ? null : etag)
const weak = (version: string) => version.replace(/^W\//, '')
