// Rules of replacement: what they change, that each application is counted, and files of them.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULT_REPLACEMENTS } from '../../../src/syphus/replacements/defaults.js'
import { readReplacements, replacements } from '../../../src/syphus/replacements/replacement.js'
import { tempDir } from '../../support/temp-dir.js'

describe('rules', () => {
  it('are applied one after the other, and counted', () => {
    const replace = replacements([
      { name: 'dots', find: '...', replace: '…' },
      { name: 'swap', find: '(\\w+) and (\\w+)', replace: '$2 and $1', regex: true, in: 'response' },
      { name: 'money', find: 'euro', replace: '$&', ignoreCase: true },
      { name: 'german', find: 'ss', replace: 'ß', languages: ['de'] },
    ])
    const pair = { instruction: 'Well... and so... EURO?', response: 'cat and dog, grass', notes: { a: 1 } }
    expect(replace(pair, 'en')).toEqual({
      pair: { instruction: 'Well… and so… $&?', response: 'dog and cat, grass', notes: { a: 1 } },
      replaced: { dots: 2, swap: 1, money: 1 },
    })
    expect(replace(pair, 'de').replaced).toMatchObject({ german: 1 })
  })

  it('that come with mimicit mend known slips and leave sound texts alone', () => {
    const replace = replacements(DEFAULT_REPLACEMENTS)
    const mended = (response: string) => replace({ instruction: 'x', response }, 'en').pair.response
    expect(mended('The user (you) should call the user (I).')).toBe('you should call I.')
    expect(mended('#C C opens the #unsure')).toBe('I opens the something')
    expect(mended('A1: It is **very** red .')).toBe('It is very red.')
    const sound = 'The user opens 2 ** 3 = 8; "A: b" is on the sign, isn’t it?'
    expect(mended(sound)).toBe(sound)
  })
})

describe('a file of rules', () => {
  const fileOf = async (content: string) => {
    const path = join(tempDir(), 'rules.yaml')
    await writeFile(path, content)
    return path
  }

  it('is read from YAML and from JSON', async () => {
    const rule = { name: 'colour', find: 'color', replace: 'colour' }
    expect(
      await readReplacements(await fileOf('rules:\n  - name: colour\n    find: color\n    replace: colour\n')),
    ).toEqual([rule])
    expect(await readReplacements(await fileOf(JSON.stringify({ rules: [rule] })))).toEqual([rule])
  })

  it.each([
    ['rules: [', 'MIMICIT_BAD_VALUE', 'YAML or JSON'],
    ['rules:\n  - name: a\n    find: ""\n    replace: b\n', 'MIMICIT_BAD_VALUE', 'rules.0.find'],
    [
      'rules:\n  - name: a\n    find: "("\n    replace: b\n    regex: true\n',
      'MIMICIT_BAD_VALUE',
      'replacement rule a',
    ],
    ['rules: []\nrule: 3\n', 'MIMICIT_UNKNOWN_OPTION', 'rule'],
  ])('that is wrong is told: %j', async (content, code, words) => {
    const path = await fileOf(content)
    await expect(readReplacements(path)).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
  })

  it('that is missing is told', async () => {
    await expect(readReplacements('/nowhere/rules.yaml')).rejects.toMatchObject({ code: 'MIMICIT_NOT_FOUND' })
  })
})
