// The registry of commands: each is what its name says, and is loaded alone when it is named.
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addCommands, commands } from '../../src/cli/commands.js'

const added = async (named: string | undefined) => {
  const program = new Command()
  await addCommands(program, named)
  return program.commands.map((command) => command.name())
}

test.each(Object.keys(commands))('%s is added alone when it is named', async (name) => {
  expect(await added(name)).toEqual([name])
})

test.each([undefined, 'help', '--version', 'imprt', 'constructor'])('%s adds all of them', async (named) => {
  expect(await added(named)).toEqual(Object.keys(commands))
})
