// docs/commands.md, made of the definitions of the commands: every command with its arguments and flags, and every flag that
// several commands have. Nobody writes it by hand, so it cannot lag behind.
import type { Argument, Command, Option } from 'commander'
import type { CommandEntry } from '../../src/cli/commands.js'
import { GLOBAL_OPTIONS } from '../../src/cli/program-facts.js'

/** A command that does something, under its full name. */
export interface NamedCommand {
  readonly name: string
  readonly command: Command
}

/** A flag of a command. */
export interface FlagUse {
  readonly name: string
  readonly option: Option
}

/** Every flag that is listed, with the commands that have it, by name. */
export function flagUses(all: readonly NamedCommand[]): ReadonlyMap<string, readonly FlagUse[]> {
  const uses = all.flatMap(({ name, command }) => visible(command).map((option) => ({ name, option })))
  const flags = [...new Set(uses.map(({ option }) => option.long!))].sort()
  return new Map(flags.map((flag) => [flag, uses.filter(({ option }) => option.long === flag)]))
}

/** The document. */
export function commandReference(
  all: readonly NamedCommand[],
  summaries: Readonly<Record<string, CommandEntry>>,
): string {
  const shared = [...flagUses(all)].filter(([, uses]) => uses.length > 1)
  return `# Commands and flags

Made of the definitions of the commands, which \`npm test\` holds it against (\`npx vitest run test/cli/reference.test.ts -u\`
writes it anew). \`mimicit <command> --help\` says the same, with examples.

| for every command | what it does |
| ----------------- | ------------ |
${Object.values(GLOBAL_OPTIONS)
  .map(([flags, meaning]) => `| \`${flags}\` | ${meaning} |`)
  .join('\n')}
${Object.entries(summaries)
  .map(([name, { summary }]) => {
    const below = all.filter((one) => one.name === name || one.name.startsWith(`${name} `))
    return `\n## ${name}: ${summary}\n${below.map((one) => section(one)).join('')}`
  })
  .join('')}
## Flags of several commands

One name means one thing, whatever command it is given to.

| flag | commands | what it says |
| ---- | -------- | ------------ |
${shared.map(([, uses]) => sharedRow(uses)).join('\n')}
`
}

function section({ name, command }: NamedCommand): string {
  const rows = [...command.registeredArguments.map(argumentRow), ...visible(command).map(optionRow)]
  return `
\`\`\`text
mimicit ${name} ${command.usage()}
\`\`\`

${command.description()}

| argument or flag | what it says |
| ---------------- | ------------ |
${rows.join('\n')}
`
}

const visible = (command: Command) => command.options.filter(({ hidden }) => !hidden)
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')
const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``

function argumentRow(argument: Argument): string {
  const { required, variadic, description, defaultValue } = argument
  const name = `${argument.name()}${variadic ? '...' : ''}`
  return `| ${code(required ? `<${name}>` : `[${name}]`)} | ${cell(description)}${defaultWords(defaultValue)} |`
}

function optionRow(option: Option): string {
  const { flags, description, argChoices, mandatory, negate, defaultValue, defaultValueDescription } = option
  const choices = argChoices === undefined ? '' : `: ${argChoices.map(code).join(', ')}`
  const usual = negate ? '' : defaultWords(defaultValueDescription ?? defaultValue)
  return `| ${code(flags)} | ${cell(description)}${choices}${mandatory ? ' (required)' : usual} |`
}

/** What machines have of their own, such as the number of processors, is no part of a document. */
function defaultWords(value: unknown): string {
  if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) return ''
  return ` (default: ${code(String(value))})`
}

function sharedRow(uses: readonly FlagUse[]): string {
  const flags = [...new Set(uses.map(({ option }) => option.flags))]
  const meanings = [...new Set(uses.map(({ option }) => option.description))]
  const commands = uses.map(({ name }) => name).join(', ')
  return `| ${flags.map(code).join(', ')} | ${commands} | ${meanings.map(cell).join('; ')} |`
}
