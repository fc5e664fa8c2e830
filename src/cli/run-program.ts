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

/** Help about a command that there is not is told what the command itself is told: which one was probably meant. */
function withoutHelp(argv: readonly string[]): readonly string[] {
  const [first, named] = argv
  return first === 'help' && named !== undefined && !Object.hasOwn(commands, named) ? argv.slice(1) : argv
}
