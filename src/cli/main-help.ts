// `mimicit --help` and `mimicit --version`, which are asked for most and by people who wait: answered from the names and
// summaries of the commands alone. The library of command lines takes several times as long to load as all that is here; a
// test holds every line against what that library prints.
import { version } from '../base/version.js'
import { bold, cyan } from './colour.js'
import { commands } from './commands.js'
import { AFTER, DESCRIPTION, GLOBAL_OPTIONS, HELP_COMMAND } from './program-facts.js'

/** How a text is shown. */
export interface HelpLook {
  /** Characters in a line. */
  readonly columns: number
  readonly title: (text: string) => string
  readonly term: (text: string) => string
}

/** What a command line is answered with that asks for the list of commands or the version and nothing else. */
export function plainAnswer(argv: readonly string[]): string | undefined {
  if (argv.length !== 1) return undefined
  if (['-V', '--version'].includes(argv[0]!)) return `${version}\n`
  return ['-h', '--help', 'help'].includes(argv[0]!) ? mainHelp(lookOf(process.stdout)) : undefined
}

/** The look of a stream: that of a terminal, or 80 columns without colours. */
function lookOf(stream: NodeJS.WriteStream): HelpLook {
  return {
    columns: (stream.isTTY && stream.columns) || 80,
    title: (text) => bold(text, stream),
    term: (text) => cyan(text, stream),
  }
}

/** The list of options and commands. */
export function mainHelp(look: HelpLook): string {
  const options = Object.values(GLOBAL_OPTIONS)
  const listed = [...Object.entries(commands).map(([name, { summary }]) => [name, summary] as const), HELP_COMMAND]
  const width = Math.max(...[...options, ...listed].map(([term]) => term.length))
  const list = (rows: readonly (readonly [string, string])[]) => rows.map((row) => item(row, width, look)).join('\n')
  return `${look.title('Usage:')} ${look.term('mimicit')} [options] ${look.term('[command]')}

${wrap(DESCRIPTION, look.columns).join('\n')}

${look.title('Options:')}
${list(options)}

${look.title('Commands:')}
${list(listed)}
${AFTER}
`
}

/** A term and what it means, in two columns. */
function item([term, meaning]: readonly [string, string], width: number, { columns, term: paint }: HelpLook): string {
  const gap = ' '.repeat(width - term.length + 2)
  const indent = `\n${' '.repeat(width + 4)}`
  return `  ${paintWords(term, paint)}${gap}${wrap(meaning, columns - width - 4).join(indent)}`
}

/** The name of a command is painted, its arguments are not; a flag is painted whole. */
function paintWords(term: string, paint: (text: string) => string): string {
  if (term.startsWith('-')) return paint(term)
  return term.replace(/^\S+/, paint)
}

/** Lines of so many characters at most; in a column that is too narrow for that to look well, one line. */
function wrap(text: string, columns: number): string[] {
  if (columns < 40) return [text]
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
