// The program as a tree of commands: what main.ts runs, and what tests hold examples and documents against.
import { Command } from 'commander'
import { version } from '../base/version.js'
import { bold, cyan, red } from './colour.js'
import { addCommands } from './commands.js'
import { setLoudness } from './loudness.js'

const AFTER = `
Exit codes: 0 done, 1 failed (the message has a code), 2 wrong usage, 3 verify found faults, 130 interrupted.
Errors by their code: docs/errors.md. What this machine can do: mimicit doctor.`

/** The command line. @param argv what follows `mimicit`: only the command that it names is loaded whole */
export async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('mimicit')
    .description(
      'Multi-modal in-context instruction data (MIMIC-IT): import, verify, look, filter, merge, split, export, train.',
    )
    .version(version)
    .option('-q, --quiet', 'say nothing on standard error but errors')
    .option('-v, --verbose', 'tell every stage as a line on standard error, and where errors come from')
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
