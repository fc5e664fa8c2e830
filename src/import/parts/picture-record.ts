// What a part of an import leaves of a picture that it has looked at: a line of JSON, and its bytes in a file beside it
// unless they are to be had from the source at once.
import { type ErrorCode, type ErrorParts, MimicitError } from '../../base/errors.js'
import type { PictureRemark } from '../picture-remark.js'
import type { PicturePlace } from '../placed/batch.js'
import type { SmallPicture, SourcePicture } from '../source.js'

/** A picture as a line. */
export interface PictureRecord {
  /** Its number among the groups of its source: pictures of one clip that follow each other are one. */
  readonly n: number
  readonly id: string
  readonly where: string
  readonly done: number
  readonly clip?: string | null
  readonly time?: number | null
  /** Format, width, height, SHA-256. */
  readonly found?: readonly [format: string, width: number, height: number, sha256: string]
  readonly small?: SmallPicture
  readonly remarks?: readonly PictureRemark[]
  readonly fault?: { readonly code: ErrorCode; readonly parts: ErrorParts }
  /** In the source. */
  readonly place?: PicturePlace
  /** In the file of bytes of the part. */
  readonly at?: number
  readonly length?: number
}

/** The picture of a line. @param bytes what lies at its place in the file of bytes */
export function recordedPicture(record: PictureRecord, bytes: Uint8Array): SourcePicture {
  const { id, where, done, clip, time, found, small, remarks, fault, place } = record
  const [format = '', width = 0, height = 0, sha256 = ''] = found ?? []
  return {
    ...{ id, where, done },
    bytes: place ?? bytes,
    ...(clip !== undefined && { clip }),
    ...(time !== undefined && { frameTime: time }),
    ...(found !== undefined && { found: { format, width, height, sha256: Buffer.from(sha256, 'hex') } }),
    ...(small !== undefined && { small }),
    ...(remarks !== undefined && { remarks }),
    ...(fault !== undefined && { fault: new MimicitError(fault.code, fault.parts) }),
  }
}
