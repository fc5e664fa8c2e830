// One try that brought no answer: whether another one is worth it, and whether it may have cost something.
import { type ErrorCode, type ErrorParts, MimicitError } from '../base/errors.js'

/**
 * What follows from it: the same try may work later, no try of this request will, or no request at all will (the key is
 * wrong, the model does not exist).
 */
export type CallOutlook = 'later' | 'never' | 'hopeless'

/** What is known of it. */
export interface CallFacts {
  readonly outlook: CallOutlook
  /** Whether the server may have worked, and may charge for it. */
  readonly maybePaid: boolean
  /** Whether the server said that it is too much for it. */
  readonly throttled?: boolean
  /** Milliseconds that the server asks to wait. */
  readonly retryAfterMs?: number
}

/** A try without an answer. */
export class CallFailure extends MimicitError {
  readonly facts: CallFacts

  constructor(code: ErrorCode, parts: ErrorParts, facts: CallFacts) {
    super(code, parts)
    this.facts = facts
  }
}
