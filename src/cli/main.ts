#!/usr/bin/env node
// The command line: one file a command, each of them thin. What a command does is in the library; here are names, help,
// progress and exit codes.
import { Command, CommanderError } from 'commander'
import { version } from '../base/version.js'
import { addCommands } from './commands.js'
import { EXIT, fail } from './exit.js'

const program = new Command('mimicit')
  .description(
    'Multi-modal in-context instruction data (MIMIC-IT): import, verify, look, filter, merge, split, export, train.',
  )
  .version(version)
  .showHelpAfterError('(add --help for what there is)')
  .addHelpText(
    'after',
    `
Exit codes: 0 done, 1 failed (the message has a code), 2 wrong usage, 3 verify found faults, 130 interrupted.`,
  )
  .exitOverride()

await addCommands(program, process.argv[2])
// Every command reports a wrong use in the same way.
for (const command of program.commands) command.exitOverride().showHelpAfterError('(add --help for what there is)')

// A worker's child ends with the worker: nobody else would know of it. Listening alone must not keep it from ending by itself.
if (process.channel !== undefined) {
  process.once('disconnect', () => process.exit(EXIT.interrupted))
  process.channel.unref()
}

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
  else fail(error)
}
