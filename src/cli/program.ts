// The program as a tree of commands: what main.ts runs, and what tests hold examples and documents against.
import { Command } from 'commander'
import { version } from '../base/version.js'
import { bold, cyan, red } from './colour.js'
import { addCommands } from './commands.js'
import { setLoudness } from './loudness.js'
import { refuseMistyped } from './mistyped.js'
import { AFTER, DESCRIPTION, GLOBAL_OPTIONS, HELP_COMMAND } from './program-facts.js'

/** The command line. @param argv what follows `mimicit`: only the command that it names is loaded whole */
export async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('mimicit')
    .description(DESCRIPTION)
    .version(version, ...GLOBAL_OPTIONS.version)
    .option(...GLOBAL_OPTIONS.quiet)
    .option(...GLOBAL_OPTIONS.verbose)
    .helpOption(...GLOBAL_OPTIONS.help)
    .helpCommand(...HELP_COMMAND)
    .addHelpText('after', AFTER)
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (text) => bold(text, process.stdout),
      styleCommandText: (text) => cyan(text, process.stdout),
      styleSubcommandText: (text) => cyan(text, process.stdout),
      styleOptionTerm: (text) => cyan(text, process.stdout),
    })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, red('error:', process.stderr))) })
    .hook('preAction', () => setLoudness(program.opts()))
  refuseMistyped(program)
  await addCommands(program, argv)
  for (const command of withAllBelow(program)) {
    // Every command reports a wrong use in the same way, and help looks the same everywhere.
    command.copyInheritedSettings(program).exitOverride().showHelpAfterError('(add --help for what there is)')
  }
  return program
}

/** A command and all that are below it. */
export function withAllBelow(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withAllBelow)]
}
