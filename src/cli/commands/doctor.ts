// mimicit doctor: what this machine has of all that mimicit can use, and how to get the rest.
import type { Command } from 'commander'
import { examine, type Finding, type PartState } from '../examine.js'
import { examples } from '../examples.js'
import { print, printJson } from '../table.js'

/** Adds the command. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('What this machine has of all that mimicit can use, what each part gives, and how to get the rest.')
    .argument('[dir]', 'where data will be written', '.')
    .option('--json', 'print as JSON')
    .addHelpText('after', examples('doctor', 'doctor /data --json'))
    .action(run)
}

const MARKS: Readonly<Record<PartState, string>> = { ok: 'ok', absent: '-', broken: 'BROKEN' }

async function run(dir: string, { json }: { readonly json?: true }): Promise<void> {
  const findings = await examine(dir)
  if (json) printJson({ parts: findings })
  else print(table(findings))
  if (findings.some(({ part, state }) => part === 'backend wasm' && state !== 'ok')) process.exitCode = 1
}

/** A line a part, and what the marks mean that stand there. */
function table(findings: readonly Finding[]): string {
  const width = (of: (finding: Finding) => string) => Math.max(...findings.map((finding) => of(finding).length))
  const [mark, part] = [width(({ state }) => MARKS[state]), width(({ part }) => part)]
  const lines = findings.map(
    (it) => `${MARKS[it.state].padEnd(mark)}  ${it.part.padEnd(part)}  ${it.found} (${it.gives})`,
  )
  const isAbsent = findings.some(({ state }) => state === 'absent')
  return [...lines, ...(isAbsent ? ['', 'What has a - is optional and not there; nothing else needs it.'] : [])].join(
    '\n',
  )
}
