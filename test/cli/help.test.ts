// Help, for every command alike: examples that are right, the same flags by the same names, hints for what was mistyped.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.js'
import { createProgram } from '../../src/cli/program.js'
import { freshDist, ROOT } from '../fresh-dist.js'
import { allCommands, commandLines, faultOf } from '../support/command-lines.js'

const all = await allCommands(Object.keys(commands))

function helpOf(command: (typeof all)[number]['command']): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  return text
}

describe.each(all)('mimicit $name', ({ name, command }) => {
  const help = helpOf(command)
  const lines = commandLines(help.split(/^Examples?:$/m)[1] ?? '')

  it('explains itself', () => expect(help).toMatch(new RegExp(`^Usage: mimicit ${name}\\b`)))

  it('has examples that its flags and arguments allow', async () => {
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) {
      expect(line).toMatch(new RegExp(`^mimicit ${name}\\b`))
      expect(await faultOf(line), line).toBeUndefined()
    }
  })

  it('gives its results as JSON, and leaves loudness to all', () => {
    const flags = command.options.map(({ long }) => long)
    expect(flags).toContain('--json')
    expect(flags).not.toContain('--quiet')
    expect(flags).not.toContain('--verbose')
  })

  it('counts with <n>, and says what each flag is for', () => {
    for (const { flags, description, hidden } of command.options) {
      if (hidden) continue
      expect(flags).not.toMatch(/<(?:count|number|num|location)>/)
      expect(description.length, flags).toBeGreaterThan(5)
    }
  })
})

describe.each(['eval', 'syphus', 'weights'])('mimicit %s, which has commands below it', (name) => {
  it('has examples of them', async () => {
    const { commands: found } = await createProgram([name])
    const command = found.find((each) => each.name() === name)!
    const lines = commandLines(helpOf(command).split(/^Examples?:$/m)[1] ?? '')
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) {
      expect(line).toMatch(new RegExp(`^mimicit ${name} (${command.commands.map((each) => each.name()).join('|')})\\b`))
      expect(await faultOf(line), line).toBeUndefined()
    }
  })
})

describe('faultOf', () => {
  it.each([
    ['mimicit imprt x', /unknown command/],
    ['mimicit import x --ot y', /unknown option '--ot'/],
    ['mimicit head', /missing required argument/],
    ['mimicit rewrite a --format csv --out b', /Allowed choices are/],
    ['mimicit info a b', /too many arguments/],
  ])('finds what is wrong with `%s`', async (line, fault) => expect(await faultOf(line)).toMatch(fault))

  it('takes lines out of shell', () => {
    const shell =
      'npm ci\nA=1 npx mimicit info out/la --json > x.json   # a comment\ncat x | mimicit stats \\\n  out/la\n'
    expect(commandLines(shell)).toEqual(['mimicit info out/la --json > x.json', 'mimicit stats out/la'])
  })
})

describe('the program', () => {
  const mimicit = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    })
  beforeAll(freshDist)

  it('lists every command with what it does', () => {
    const { stdout, status } = mimicit(['--help'])
    expect(status).toBe(0)
    for (const [name, { summary }] of Object.entries(commands)) {
      expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(new RegExp(`${name} .*${summary.slice(0, 30)}`))
    }
  })

  it.each([
    [['imprt'], /unknown command 'imprt'\n\(Did you mean import\?\)/],
    [['help', 'imprt'], /unknown command 'imprt'\n\(Did you mean import\?\)/],
    [['serve-batch', 'x'], /Did you mean serve-batches\?/],
    [['import', 'x', '--ouut', 'y'], /unknown option '--ouut'\n\(Did you mean --out\?\)/],
    [['eval', 'captions'], /unknown command 'captions'\n\(Did you mean caption\?\)/],
    [['--verbos'], /Did you mean --verbose\?/],
    // Beside a request for help too.
    [['--quite', '--help'], /unknown option '--quite'\n\(Did you mean --quiet\?\)/],
    [['import', 'x', '--ouut=y', '--help'], /unknown option '--ouut'\n\(Did you mean --out\?\)/],
    [['imprt', '--help'], /unknown command 'imprt'\n\(Did you mean import\?\)/],
    [['help', 'eval', 'captions'], /unknown command 'captions'\n\(Did you mean caption\?\)/],
    [['view', 'x', '--port', '65536'], /from 0 to 65535/],
  ])('%j: a hint for what was mistyped, and exit code 2', (args, hint) => {
    const { stderr, status } = mimicit(args)
    expect(stderr).toMatch(hint)
    expect(status).toBe(2)
  })

  it('helps with a command below another one', () => {
    for (const words of [
      ['help', 'eval', 'few-shot'],
      ['eval', 'help', 'few-shot'],
      ['eval', 'few-shot', 'nowhere', '--task', 'vqa', '--help'],
    ]) {
      const { stdout, stderr, status } = mimicit(words)
      expect([status, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(/^Usage: mimicit eval few-shot /)
    }
  })

  it('shows no colours where nobody sees them or nobody wants them', () => {
    for (const env of [{}, { NO_COLOR: '1', FORCE_COLOR: undefined }]) {
      const { stdout, stderr } = mimicit(['import', '--help'], env)
      expect(stdout + stderr).not.toContain('\x1b')
    }
    expect(mimicit(['info', 'nowhere']).stderr).not.toContain('\x1b')
  })

  it('is silent with --quiet but for errors, and tells where errors come from with --verbose', () => {
    const quiet = mimicit(['info', 'nowhere', '--quiet'])
    expect(quiet.stderr).toMatch(/^mimicit: MIMICIT_\w+: /)
    expect(quiet.stderr).not.toMatch(/^ +at /m)
    const verbose = mimicit(['-v', 'info', 'nowhere'])
    expect(verbose.stderr).toMatch(/^ +at readManifest .*dist\/program\//m)
    expect([quiet.status, verbose.status]).toEqual([1, 1])
  })

  // What starts late: tensors, pictures, and the commands that are not named.
  it.each([['--help'], ['import', '--help'], ['--version']])('%j loads no heavy package', (...args: string[]) => {
    const loaded = loadedBy([join(ROOT, 'dist/cli/main.js'), ...args])
    expect(loaded.filter((url) => /@tensorflow|\/sharp\/|apache-arrow|onnxruntime/.test(url))).toEqual([])
  })

  it('lists commands without loading one, and what they stand on', () => {
    const loaded = loadedBy([join(ROOT, 'dist/cli/main.js'), '--help'])
    const ours = loaded.flatMap((url) => /\/dist\/(.*)$/.exec(url)?.[1] ?? [])
    // Parts of the bundle, by what is in them.
    const few = ['cli/main.js', 'program/colour', 'program/program-facts', 'program/version']
    expect(ours.map((path) => path.replace(/-[\w-]{8}\.js$/, '')).toSorted()).toEqual(few)
    expect(loaded.filter((url) => url.includes('/node_modules/'))).toEqual([])
  })

  it('import of the whole package loads neither tensors nor pictures', () => {
    const loaded = loadedBy(['--input-type=module', '--eval', `await import('${join(ROOT, 'dist/index.js')}')`])
    expect(loaded.some((url) => url.endsWith('/dist/index.js'))).toBe(true)
    expect(loaded.filter((url) => /@tensorflow|\/sharp\/|onnxruntime|wink|\/eld\//.test(url))).toEqual([])
  })

  it('import of the loader loads what opens a stream, and neither what encodes batches and tables as Arrow nor simulations', () => {
    const loaded = loadedBy(['--input-type=module', '--eval', `await import('${join(ROOT, 'dist/loader/index.js')}')`])
    expect(loaded.some((url) => url.endsWith('/dist/loader/stream.js'))).toBe(true)
    expect(loaded.filter((url) => /apache-arrow|\/sharp\/|@tensorflow|loader\/simulated-epoch\.js$/.test(url))).toEqual(
      [],
    )
  })
})

/** Every module file that a run of Node loads, as its own loader tells. */
function loadedBy(args: readonly string[]): string[] {
  const hook = `import { writeSync } from 'node:fs'
export async function load(url, context, next) {
  if (url.startsWith('file:')) writeSync(2, 'loads ' + url + '\\n')
  return next(url, context)
}`
  const asUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`
  // What is required inside of packages is told at the end.
  const url = asUrl(`import { createRequire, register } from 'node:module'
import { writeSync } from 'node:fs'
register(${JSON.stringify(asUrl(hook))})
const { cache } = createRequire('/')
process.once('exit', () => Object.keys(cache).forEach((path) => writeSync(2, 'loads ' + path + '\\n')))`)
  const { stderr } = spawnSync(process.execPath, ['--import', url, ...args], { encoding: 'utf8' })
  return [...stderr.matchAll(/^loads (.*)$/gm)].map(([, loaded]) => decodeURI(loaded!))
}
