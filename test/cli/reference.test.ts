// Flags by commands: docs/commands.md is what the commands define, and a name means one thing wherever it stands.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.js'
import { createProgram, withAllBelow } from '../../src/cli/program.js'
import { ROOT } from '../fresh-dist.js'
import { allCommands } from '../support/command-lines.js'
import { commandReference, flagUses } from '../support/command-reference.js'

const all = await allCommands(Object.keys(commands))
const uses = flagUses(all)

it('docs/commands.md is what the commands define', async () => {
  await expect(commandReference(all, commands)).toMatchFileSnapshot(join(ROOT, 'docs', 'commands.md'))
})

describe('flags of one name', () => {
  /** Flags whose value is not the same everywhere, though what they say is. */
  const OTHERWISE: Readonly<Record<string, string>> = {
    '--ids': 'the ids to keep: those of a file, or of every token',
    '--images': 'where pictures are: files that hold them, or a folder',
    '--model': 'which model: a preset of ours, or one behind an end point',
    '--out': 'where the result goes: a directory, a file, either',
    '--resume': 'go on where it stopped: of a run, which knows the place; of a stream, which has to be told',
  }
  /** The argument, whether there may be one or many of it. */
  const argument = (flags: string) => flags.replace(/^.*--[a-z0-9-]+ ?/, '').replace(/(s?)(,?\.\.\.)?>$/, '>')

  it.each([...uses.keys()].filter((flag) => !(flag in OTHERWISE)))('%s takes the same everywhere', (flag) => {
    expect(new Set(uses.get(flag)!.map(({ option }) => argument(option.flags))).size).toBe(1)
  })

  it.each(Object.keys(OTHERWISE))('%s is rightly an exception', (flag) => {
    expect(new Set(uses.get(flag)!.map(({ option }) => argument(option.flags))).size).toBeGreaterThan(1)
  })

  it('says the same of what is the same: caches, seeds, pages', () => {
    for (const flag of ['--template', '--tokenizer', '--context', '--cache', '--cache-bytes', '--port', '--html']) {
      expect(new Set(uses.get(flag)!.map(({ option }) => option.flags)).size, flag).toBe(1)
    }
  })
})

describe('a flag by the name that it had', () => {
  it.each([
    ['context x --from recipe --strategy first-k', '--from-table'],
    ['eval elo x.jsonl --k 32', '--k-factor'],
    ['eval judge --max-tokens 5', '--max-total-tokens'],
    ['syphus run x --max-tokens 5', '--max-total-tokens'],
    ['syphus translate x --to ja --out y', '--to-languages'],
    ['syphus translate x --to-languages ja --from zh --out y', '--from-language'],
  ])('mimicit %s: is told the name of today', async (line, today) => {
    const argv = line.split(' ')
    const program = await createProgram(argv)
    for (const command of withAllBelow(program)) command.configureOutput({ writeErr: () => undefined })
    await expect(program.parseAsync(argv, { from: 'user' })).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining(`This flag is called ${today} now.`),
    })
  })
})
