// The registry of commands: each is what its name says, and is loaded alone when it is named.
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addCommands, commands } from '../../src/cli/commands.js'

const added = async (...argv: string[]) => {
  const program = new Command()
  await addCommands(program, argv)
  return program.commands.map((command) => command.name())
}

test.each(Object.keys(commands))('%s is loaded alone when it is named', async (name) => {
  for (const argv of [[name], ['--quiet', name], ['help', name]]) expect(await added(...argv)).toEqual([name])
})

test.each([[], ['help'], ['--version'], ['imprt'], ['constructor']])('%j lists all of them', async (...argv) => {
  expect(await added(...argv)).toEqual(Object.keys(commands))
})
