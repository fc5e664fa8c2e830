// Words that a command does not know, beside a request for help. The library of command lines answers those with the help and
// exit code 0, so that whoever misspelt a flag and then asked for help would never hear of it.
import type { AddHelpTextContext, Command } from 'commander'
import { spellingHint } from '../base/options.js'

/** Has help refused to a command line with a flag or a command that there is not. @param program the root of all commands */
export function refuseMistyped(program: Command): void {
  program.addHelpText('beforeAll', (context: AddHelpTextContext) => {
    // Help after an error stands behind what was wrong.
    if (!context.error) refuse(context.command as Command)
    return ''
  })
}

/** @throws CommanderError for the first word that is unknown, as for the same words without --help */
function refuse(command: Command): void {
  const end = command.args.indexOf('--')
  const words = end === -1 ? command.args : command.args.slice(0, end)
  const flag = words.find((word) => /^-{1,2}[a-z]/i.test(word) && !['-h', '--help'].includes(word))
  if (flag !== undefined) {
    const [name = flag] = flag.split('=')
    command.error(`error: unknown option '${name}'${meant(name, flagsOf(command))}`)
  }
  const [named] = words
  if (command.commands.length > 0 && named !== undefined && !named.startsWith('-') && named !== 'help') {
    const names = command.commands.map((below) => below.name())
    if (!names.includes(named)) command.error(`error: unknown command '${named}'${meant(named, names)}`)
  }
}

/** Long flags of a command and of all above it. */
function flagsOf(command: Command): string[] {
  const own = command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []))
  return [...own, '--help', ...(command.parent === null ? [] : flagsOf(command.parent))]
}

const meant = (name: string, names: readonly string[]) => {
  const hint = spellingHint(name, names)
  return hint.startsWith('Did') ? `\n(${hint})` : ''
}
