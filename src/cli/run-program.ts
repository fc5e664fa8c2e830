// A command line from its words to its exit code.
import { CommanderError } from 'commander'
import { commands } from './commands.js'
import { EXIT, fail } from './exit.js'
import { createProgram } from './program.js'

/** Does what a command line says. @param argv what follows `mimicit` */
export async function runProgram(argv: readonly string[]): Promise<void> {
  // A worker's child ends with the worker: nobody else would know of it. Listening alone must not keep it from ending by itself.
  if (process.channel !== undefined) {
    process.once('disconnect', () => process.exit(EXIT.interrupted))
    process.channel.unref()
  }
  try {
    const line = withoutHelp(argv)
    const program = await createProgram(line)
    await program.parseAsync(line, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
    else fail(error)
  }
}

/** `help eval few-shot` is `eval few-shot --help`; about a command that there is not it is told what that is told. */
function withoutHelp(argv: readonly string[]): readonly string[] {
  const [first, ...named] = argv
  if (first !== 'help' || named[0] === undefined) return argv
  return Object.hasOwn(commands, named[0]) ? [...named, '--help'] : named
}
