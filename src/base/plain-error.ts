// Errors on their way from one thread to another: a class does not survive the journey, so its parts travel.
import { type ErrorCode, type ErrorParts, isMimicitError, MimicitError } from './errors.js'

/** An error as plain data. */
export interface PlainError {
  readonly message: string
  readonly stack?: string | undefined
  readonly mimicit?: { readonly code: string; readonly parts: unknown }
}

/** An error, or whatever was thrown, as plain data. */
export function plainError(error: unknown): PlainError {
  if (isMimicitError(error)) return { message: error.message, stack: error.stack, mimicit: error.toJSON() }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { message, stack }
}

/** The error that `plainError` was given. */
export function reviveError({ message, stack, mimicit }: PlainError): Error {
  const error =
    mimicit === undefined
      ? new Error(message)
      : new MimicitError(mimicit.code as ErrorCode, mimicit.parts as ErrorParts)
  if (stack !== undefined) error.stack = stack
  return error
}
