// How much is said on standard error while a command works: nothing but errors, notes and a bar for a terminal, or every
// stage with its time. Results go to standard output and are the same in all three.

/** `quiet` = errors alone; `normal` = notes, and a progress bar on a terminal; `verbose` = stages, and where errors come from. */
export type Loudness = 'quiet' | 'normal' | 'verbose'

/** The flags that say it, for every command and anywhere in a command line. */
export const LOUDNESS_FLAGS: readonly string[] = ['-q', '--quiet', '-v', '--verbose']

let current: Loudness = 'normal'

/** Sets it for this process; the later flag does not win, the louder does. */
export function setLoudness({ quiet, verbose }: { readonly quiet?: true; readonly verbose?: true }): void {
  current = verbose ? 'verbose' : quiet ? 'quiet' : 'normal'
}

/** What was asked for. */
export function loudness(): Loudness {
  return current
}

/** A note about what goes on, on standard error. */
export function note(text: string): void {
  if (current !== 'quiet') process.stderr.write(`${text}\n`)
}
