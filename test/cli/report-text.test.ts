// Reports on terminals: of any width, with texts of anybody.
import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/base/chart/report.js'
import { reportText } from '../../src/cli/report-text.js'

const report: Report = {
  title: 'A report',
  sections: [
    { kind: 'heading', text: 'A heading of more than thirty columns' },
    { kind: 'text', text: 'Some words that are more than fit into one line of forty columns' },
    {
      ...{ kind: 'table', head: ['name', 'score', 'caption'] },
      rows: [
        ['first', 0.5, 'a dog that runs on the grass behind a house with a red door'],
        ['second', 12, 'a cat'],
      ],
    },
    {
      kind: 'list',
      text: 'warning MIMICIT_EMPTY: 1',
      items: ['predictions.json, entry "17": the caption has no words'],
    },
  ],
}

describe('reportText', () => {
  it('lets lines be as long as they are where nobody says how wide', () => {
    expect(reportText(report)).toBe(
      [
        'A heading of more than thirty columns',
        'Some words that are more than fit into one line of forty columns',
        '  name     score  caption',
        '  first   0.5000  a dog that runs on the grass behind a house with a red door',
        '  second      12  a cat',
        'warning MIMICIT_EMPTY: 1',
        '    predictions.json, entry "17": the caption has no words',
      ].join('\n'),
    )
  })

  it.each([80, 60, 40, 30, 20])('keeps inside %i columns, and loses no word', (columns) => {
    const text = reportText(report, columns)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(Math.max(columns, 24))
    for (const word of ['forty', 'first', '0.5000', 'second', 'red', 'door', 'words']) expect(text).toContain(word)
  })

  it('tells a table that cannot fit row by row', () => {
    const wide = Array.from({ length: 9 }, (_, i) => `column${i}`)
    const text = reportText({ title: '', sections: [{ kind: 'table', head: wide, rows: [wide.map((_, i) => i)] }] }, 40)
    expect(text.split('\n').slice(0, 2)).toEqual(['  column0: 0', '  column1: 1'])
  })

  it('shows a small number as what it is, and not as nothing', () => {
    const rows = [[1.2561e-6], [0], [-0.00002], [0.00005]]
    const text = reportText({ title: '', sections: [{ kind: 'table', head: ['score'], rows }] })
    expect(text.split('\n').slice(1)).toEqual(
      [' 1.3e-6', '       0', '-2.0e-5', '  0.0001'].map((line) => `  ${line.trim().padStart(7)}`),
    )
  })

  it('does not let a text move the cursor', () => {
    const rows = [['\x1b[2J\x1b]0;title\x07a\nb\u202ec']]
    const text = reportText({ title: '', sections: [{ kind: 'table', head: ['caption'], rows }] })
    expect(text).toBe('  caption\n   [2J ]0;title a b c')
  })
})
