// How a command ends: exit codes, and errors as one readable message on standard error.
import { isMimicitError } from '../base/errors.js'
import { bold, red } from './colour.js'
import { loudness } from './loudness.js'

/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, faults: 3, interrupted: 130 } as const

/** Codes of errors that are about how a command was called. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'MIMICIT_BAD_VALUE',
  'MIMICIT_SHOTS_EXCEED_CONTEXTS',
  'MIMICIT_UNKNOWN_NAME',
  'MIMICIT_UNKNOWN_OPTION',
])

/** Prints an error and sets the exit code. A fault of ours keeps its stack, so that it can be reported. */
export function fail(error: unknown): void {
  if (isMimicitError(error)) {
    const { stderr } = process
    stderr.write(`${red('mimicit:', stderr)} ${bold(error.code, stderr)}: ${error.message}\n`)
    if (loudness() === 'verbose') stderr.write(`${whence(error)}\n`)
    if (error.code === 'MIMICIT_ABORTED') process.exitCode = EXIT.interrupted
    else process.exitCode = USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed
    return
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`mimicit: MIMICIT_INTERNAL: ${text}\nThis is a fault of mimicit; please report it.\n`)
  process.exitCode = EXIT.failed
}

/** Where an error was thrown, and what it was caused by. */
function whence(error: Error): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const cause = error.cause instanceof Error ? [`  because of ${error.cause.stack ?? error.cause.message}`] : []
  return [...frames, ...cause].join('\n')
}

/** A signal that fires on Ctrl-C; a second Ctrl-C ends the process at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => {
    process.stderr.write('\nstopping (Ctrl-C again ends at once)\n')
    controller.abort()
    process.once('SIGINT', () => process.exit(EXIT.interrupted))
  })
  return controller.signal
}
