#!/usr/bin/env node
// The command line: one file a command, each of them thin. What a command does is in the library; here are names, help,
// progress and exit codes.
import { CommanderError } from 'commander'
import { EXIT, fail } from './exit.js'
import { createProgram } from './program.js'

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
  const program = await createProgram(process.argv.slice(2))
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
  else fail(error)
}
