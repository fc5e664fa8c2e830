// Command lines in help texts and documents, held against the real definition of the command line: that the command is
// there, its flags exist, their values are allowed, and no argument is missing or too many. Nothing is run.
import { type Command, CommanderError } from 'commander'
import { createProgram, withAllBelow } from '../../src/cli/program.js'

/** What is wrong with a line that begins with `mimicit`, in the words of the program; undefined for a sound one. */
export async function faultOf(line: string): Promise<string | undefined> {
  const argv = wordsOf(line).slice(1)
  const program = await createProgram(argv)
  for (const command of withAllBelow(program)) {
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    if (command.commands.length === 0) command.action(() => undefined)
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
    return undefined
  } catch (error) {
    if (!(error instanceof CommanderError)) return String(error)
    return error.exitCode === 0 ? undefined : error.message
  }
}

/** The command lines of `mimicit` in a block of shell, in pipes too, without comments; lines that end in \ go on. */
export function commandLines(shell: string): string[] {
  return shell
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, ''))
    .flatMap((line) => line.split(/\s*(?:\||&&|;)\s+/))
    .map((command) => command.trim().replace(/^(?:[A-Z_]+=\S+ )*(?:npx )?(?=mimicit\b)/, ''))
    .filter((command) => /^mimicit(\s|$)/.test(command))
}

/** Words as a shell takes them, quotes away; what goes into a file is none of them. */
export function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replaceAll(/['"]/g, ''))
  const end = words.findIndex((word) => /^[<>&]/.test(word) || word === '2>')
  // A variable stands for a number.
  return (end < 0 ? words : words.slice(0, end)).map((word) => word.replace(/\$[A-Za-z_]+\b/, '1'))
}

/** Every command that does something, with its full name. */
export async function allCommands(names: readonly string[]): Promise<{ name: string; command: Command }[]> {
  const found: { name: string; command: Command }[] = []
  const walk = (command: Command, path: readonly string[]): void => {
    if (command.commands.length === 0) found.push({ name: path.join(' '), command })
    for (const below of command.commands) walk(below, [...path, below.name()])
  }
  for (const name of names) {
    const program = await createProgram([name])
    for (const command of program.commands) if (command.name() === name) walk(command, [name])
  }
  return found
}
