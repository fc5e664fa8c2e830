// Errors of mimicit: one class, a stable code, and a message that says what was expected, where, what was received and
// what to do about it. Callers branch on `code`, people read `message`.

/** Every stable error code. A code is never renamed or reused; `docs/errors.md` explains each. */
export type ErrorCode =
  | 'MIMICIT_ABORTED'
  | 'MIMICIT_ALREADY_THERE'
  | 'MIMICIT_BAD_BASE64'
  | 'MIMICIT_BAD_CHECKPOINT'
  | 'MIMICIT_BAD_CONFIG'
  | 'MIMICIT_BAD_JSON'
  | 'MIMICIT_BAD_MANIFEST'
  | 'MIMICIT_BAD_PICTURE'
  | 'MIMICIT_BAD_RECORD'
  | 'MIMICIT_BAD_REPLY'
  | 'MIMICIT_BAD_TOKENIZER'
  | 'MIMICIT_BAD_VALUE'
  | 'MIMICIT_BAD_VECTOR'
  | 'MIMICIT_BAD_WEIGHTS'
  | 'MIMICIT_BUDGET'
  | 'MIMICIT_BUSY'
  | 'MIMICIT_CORRUPT'
  | 'MIMICIT_DANGLING_CONTEXT'
  | 'MIMICIT_DANGLING_MEDIA'
  | 'MIMICIT_DANGLING_TRAIN_KEY'
  | 'MIMICIT_DUPLICATE_ID'
  | 'MIMICIT_DUPLICATE_MEDIA'
  | 'MIMICIT_EMPTY'
  | 'MIMICIT_ID_COLLISION'
  | 'MIMICIT_OTHER_SPELLING'
  | 'MIMICIT_INTERNAL'
  | 'MIMICIT_IO'
  | 'MIMICIT_MEDIA_MISMATCH'
  | 'MIMICIT_MORE_PICTURES'
  | 'MIMICIT_NAN'
  | 'MIMICIT_NETWORK'
  | 'MIMICIT_NO_MEMORY'
  | 'MIMICIT_NOT_A_DATASET'
  | 'MIMICIT_NOT_EMPTY'
  | 'MIMICIT_NOT_FOUND'
  | 'MIMICIT_OWN_CONTEXT'
  | 'MIMICIT_ORPHAN_MEDIA'
  | 'MIMICIT_REFUSED'
  | 'MIMICIT_REPEATED_FIELD'
  | 'MIMICIT_RESUME_MISMATCH'
  | 'MIMICIT_SHOTS_EXCEED_CONTEXTS'
  | 'MIMICIT_SOURCE_CHANGED'
  | 'MIMICIT_STRAY_CHARACTERS'
  | 'MIMICIT_TOO_LONG'
  | 'MIMICIT_UNKNOWN_FILE'
  | 'MIMICIT_UNKNOWN_NAME'
  | 'MIMICIT_UNKNOWN_OPTION'
  | 'MIMICIT_UNPAIRED'
  | 'MIMICIT_UNSAFE_PICKLE'
  | 'MIMICIT_UNSUPPORTED'
  | 'MIMICIT_UNUSED_FILE'

/** The parts a message is made of. */
export interface ErrorParts {
  /** What was expected, as a noun phrase: "a positive integer". */
  readonly expected: string
  /** For what: an option, a file with its row and column, an id. */
  readonly where: string
  /** What was received instead. */
  readonly received: string
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string
  /** The error underneath, if there is one. */
  readonly cause?: unknown
}

/** An error that a user can act on. */
export class MimicitError extends Error {
  override readonly name = 'MimicitError'
  readonly code: ErrorCode
  readonly parts: ErrorParts

  constructor(code: ErrorCode, parts: ErrorParts) {
    const hint = parts.hint === undefined ? '' : ` ${parts.hint}`
    super(`Expected ${parts.expected} for ${parts.where} but received ${parts.received}.${hint}`, {
      cause: parts.cause,
    })
    this.code = code
    this.parts = parts
  }

  /** Keeps code and parts when an error crosses a worker thread, which clones plain data only. */
  toJSON(): { readonly code: ErrorCode; readonly parts: Omit<ErrorParts, 'cause'>; readonly message: string } {
    const { cause: _, ...parts } = this.parts
    return { code: this.code, parts, message: this.message }
  }
}

/**
 * Whether `error` is a MimicitError, optionally with this code: of whichever copy of the library, since the command line has its own
 * beside that of a module which it was given.
 */
export function isMimicitError(error: unknown, code?: ErrorCode): error is MimicitError {
  if (!(error instanceof Error) || error.name !== 'MimicitError') return false
  return code === undefined || (error as MimicitError).code === code
}

/** A short, safe rendering of any value for the "received" part of a message. */
export function show(value: unknown, limit = 80): string {
  let text: string
  if (typeof value === 'string') text = JSON.stringify(value)
  else if (typeof value === 'bigint') text = `${value}n`
  // JSON has null for NaN and Infinity.
  else if (typeof value === 'number') text = String(value)
  else if (typeof value === 'function') text = 'a function'
  else if (value instanceof Uint8Array) text = `${value.byteLength} bytes`
  else {
    try {
      text = JSON.stringify(value) ?? String(value)
    } catch {
      text = String(value)
    }
  }
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text
}
