// What a journal records. The word in `type` says what happened; a record is never changed, later ones add to it.
import type { ErrorCode } from '../base/errors.js'
import type { ChatReply, TokenUsage } from './chat.js'
import type { CanonicalRequest } from './request-key.js'

/** The first record. */
export interface HeadRecord {
  readonly type: 'journal'
  readonly v: 1
}

/** A call is about to go out, as soon as there is room for it; on the disk before it does. */
export interface SendRecord {
  readonly type: 'send'
  readonly key: string
  /** The ask that caused it. */
  readonly id: string
  readonly responder: string
  /** What it may use at most. */
  readonly most: TokenUsage
  /** What a token costs by its list price, where that is not 1. */
  readonly discount?: number
  /** With the first send of a key. */
  readonly request?: CanonicalRequest
}

/** An answer. */
export interface ReplyRecord extends ChatReply {
  readonly type: 'reply'
  readonly key: string
  /** Where it comes from, if no call of this journal brought it. */
  readonly from?: 'cache'
  readonly discount?: number
}

/** A call ended without an answer. */
export interface FailedRecord {
  readonly type: 'failed'
  readonly key: string
  readonly code: ErrorCode
  readonly message: string
  readonly maybePaid: boolean
}

/** No more calls are made for a request. */
export interface GivenUpRecord {
  readonly type: 'given-up'
  readonly key: string
  readonly id: string
  readonly code: ErrorCode
  readonly message: string
  readonly tries: number
}

/** What was thought of an answer, in the words of whoever asked. */
export interface VerdictRecord {
  readonly type: 'verdict'
  readonly key: string
  readonly id: string
  readonly verdict: unknown
}

/** Several requests go out as one batch; `id` follows in a record of its own when the server has given it. */
export interface BatchRecord {
  readonly type: 'batch'
  /** Our name for it, which the server keeps beside its own. */
  readonly name: string
  readonly keys?: readonly string[]
  readonly id?: string
  /** Everything it brought is recorded. */
  readonly done?: true
}

/** Any record. */
export type JournalRecord =
  | HeadRecord
  | SendRecord
  | ReplyRecord
  | FailedRecord
  | GivenUpRecord
  | VerdictRecord
  | BatchRecord
