// Flags under names that they had before. Help does not list them; who gives one is told the name of today.
import { InvalidArgumentError, Option } from 'commander'

/** A flag that is called otherwise now. @param flags as they were defined @param today the flag in its place */
export function renamedOption(flags: string, today: string): Option {
  return new Option(flags, `now ${today}`).hideHelp().argParser(() => {
    throw new InvalidArgumentError(`This flag is called ${today} now.`)
  })
}
