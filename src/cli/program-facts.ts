// What the program says of itself: words that its help needs before the library of command lines is loaded, and that the
// library is given too.

/** What stands in front of the lists of options and commands. */
export const DESCRIPTION =
  'Multi-modal in-context instruction data (MIMIC-IT): import, verify, look, filter, merge, split, export, train.'

/** Flags and what they are for, in the order in which help lists them. */
export const GLOBAL_OPTIONS = {
  version: ['-V, --version', 'print the version'],
  quiet: ['-q, --quiet', 'say nothing on standard error but errors'],
  verbose: ['-v, --verbose', 'tell every stage as a line on standard error, and where errors come from'],
  help: ['-h, --help', 'print help for a command'],
} as const

/** The command that is there beside all others. */
export const HELP_COMMAND = ['help [command]', 'print help for a command'] as const

/** What stands behind the lists. */
export const AFTER = `
Exit codes: 0 done, 1 failed (the message has a code), 2 wrong usage, 3 verify found faults, 130 interrupted.
Errors by their code: docs/errors.md. What this machine can do: mimicit doctor.`
