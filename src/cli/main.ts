#!/usr/bin/env node
// The command line: one file a command, each of them thin. What a command does is in the library; here are names, help,
// progress and exit codes.
import { plainAnswer } from './main-help.js'

// A reader that has seen enough (`| head`) is no error. A command that hears of it too ends in its own way.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' && process.stdout.listenerCount('error') > 1) return
  if (error.code === 'EPIPE') process.exit()
  throw error
})

const argv = process.argv.slice(2)
const answer = plainAnswer(argv)
if (answer !== undefined) process.stdout.write(answer)
else await (await import('./run-program.js')).runProgram(argv)
