// The answer to `mimicit --help` is made without the library of command lines: here it is held against what that library
// makes of the same program, letter by letter, at every width of a terminal, with and without colours.
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { version } from '../../src/base/version.js'
import { mainHelp, plainAnswer } from '../../src/cli/main-help.js'
import { createProgram } from '../../src/cli/program.js'

const paint = (name: 'title' | 'term') => (text: string) => `\x1b[${name === 'title' ? 1 : 36}m${text}\x1b[0m`
const plain = (text: string) => text

/** What the library prints. */
async function libraryHelp(columns: number, hasColours: boolean): Promise<string> {
  const program = await createProgram([])
  let text = ''
  const [title, term] = hasColours ? [paint('title'), paint('term')] : [plain, plain]
  program.configureOutput({
    writeOut: (part) => {
      text += part
    },
    getOutHelpWidth: () => columns,
    getOutHasColors: () => hasColours,
  })
  program.configureHelp({
    ...program.configureHelp(),
    styleTitle: title,
    styleCommandText: term,
    styleSubcommandText: term,
    styleOptionTerm: term,
  })
  program.outputHelp()
  return text
}

describe('mimicit --help', () => {
  it('is what the library of command lines prints', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 240 }), fc.boolean(), async (columns, hasColours) => {
        const [title, term] = hasColours ? [paint('title'), paint('term')] : [plain, plain]
        expect(mainHelp({ columns, title, term })).toBe(await libraryHelp(columns, hasColours))
      }),
    )
  })

  it('keeps to 80 columns where they are enough', () => {
    const lines = mainHelp({ columns: 80, title: plain, term: plain }).split('\n')
    const [longest = ''] = lines.filter((line) => !/^(Exit|Errors)/.test(line)).sort((a, b) => b.length - a.length)
    expect(longest.length, longest).toBeLessThanOrEqual(80)
  })
})

describe('plainAnswer', () => {
  it.each([['--help'], ['-h'], ['help']])('%s lists the commands', (word) => {
    expect(stripVTControlCharacters(plainAnswer([word])!)).toMatch(/^Usage: mimicit \[options\] \[command\]\n/)
  })
  it.each([['--version'], ['-V']])('%s is the version', (word) => expect(plainAnswer([word])).toBe(`${version}\n`))

  it.each([
    [[]],
    [['import']],
    [['import', '--help']],
    [['help', 'import']],
    [['--help', '--quiet']],
    [['--helo']],
    [['-v']],
  ])('leaves %j to the library', (argv) => expect(plainAnswer(argv)).toBeUndefined())
})
