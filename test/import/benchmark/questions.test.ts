// Benchmarks in TSV, as pandas writes them, of any size; and which option an answer means.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BenchmarkQuestion, readBenchmark } from '../../../src/import/benchmark/questions.js'
import { type TsvRow, tsvRows } from '../../../src/import/benchmark/tsv.js'
import { bytesFile } from '../../support/bytes-file.js'
import { tempDir } from '../../support/temp-dir.js'

const dir = tempDir()
let files = 0
function file(content: string | Uint8Array, ending = 'tsv'): string {
  const path = join(dir, `${files++}.${ending}`)
  writeFileSync(path, content)
  return path
}

async function all(path: string): Promise<(BenchmarkQuestion & { where: string })[]> {
  const questions = []
  for await (const question of readBenchmark(path)) questions.push(question)
  return questions
}

/** As Python's csv module with minimal quoting and tabs writes a field. */
const quoted = (field: string) => (/[\t\n\r"]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)

describe('tsvRows', () => {
  it('reads what pandas writes, whatever is in the fields', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', '\t', '\n', 'ü', '画', ' ', '5'), maxLength: 8 })
    const rows = fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        // The first field is never empty, so that no row is taken for a blank line.
        const written = list.map(([x, y, z]) => [`i${x}`, y, z])
        const text = [['p', 'q', 'r'], ...written].map((row) => row.map(quoted).join('\t')).join('\n')
        const found: TsvRow[] = []
        for await (const row of tsvRows(bytesFile(Buffer.from(`${text}\n`)))) found.push(row)
        expect(found.map(({ fields }) => [fields.p, fields.q, fields.r])).toEqual(written)
      }),
    )
  })

  it.each([
    ['a row with too few fields', 'a\tb\n1\n', /line 2.*1/],
    ['a row inside whose quotes the file ends', 'a\tb\n1\t"x\n', /line 2/],
    ['a header that has a name twice', 'a\ta\n1\t2\n', /line 1.*"a" twice/],
    ['text behind quotes', 'a\tb\n"1"x\t2\n', /behind quotes/],
    ['bytes that are not UTF-8', Buffer.from('a\tb\n1\t\xe9\n', 'latin1'), /line 2.*other bytes/],
  ])('refuses %s', async (_, content, message) => {
    const read = async () => {
      for await (const _row of tsvRows(bytesFile(Buffer.from(content))));
    }
    await expect(read()).rejects.toMatchObject({ code: 'MIMICIT_BAD_RECORD', message: expect.stringMatching(message) })
  })

  it('holds one row at a time, and none that is longer than a bound', async () => {
    const row = `1\t${'x'.repeat(1 << 20)}\n`
    const read = async (most: number) => {
      let count = 0
      for await (const _row of tsvRows(bytesFile(Buffer.from(`a\tb\n${row.repeat(5)}`)), most)) count++
      return count
    }
    expect(await read(2 << 20)).toBe(5)
    await expect(read(1 << 19)).rejects.toMatchObject({ code: 'MIMICIT_BAD_RECORD' })
  })
})

describe('readBenchmark', () => {
  const picture = Buffer.alloc(90, 7)
  const tsv = [
    'index\tquestion\thint\tA\tB\tC\tD\tanswer\tcategory\tl2-category\timage',
    `7\tWhat is it?\tnan\tA dog\tA cat\tnan\t\tB\tobject\tperception\t${picture.toString('base64')}`,
    '8\t"Who\nwins?"\tLook left\tRed\tBlue\tGreen\tNone\tA\tfuture\treasoning\t7',
  ].join('\n')

  it('reads the form of MMBench: options that are there, hints, pictures once', async () => {
    const [first, second] = await all(file(tsv))
    expect(first).toMatchObject({
      ...{ id: '7', question: 'What is it?', options: { A: 'A dog', B: 'A cat' }, label: 'B' },
      ...{ dimension: 'object', group: 'perception' },
    })
    expect(first).not.toHaveProperty('hint')
    expect(Buffer.from(first!.picture!().bytes).equals(picture)).toBe(true)
    expect(second).toMatchObject({ question: 'Who\nwins?', hint: 'Look left', pictureOf: '7', group: 'reasoning' })
    expect(Object.keys(second!.options)).toEqual(['A', 'B', 'C', 'D'])
  })

  it('reads lines of JSON', async () => {
    const [one] = await all(file('{"id":1,"question":"q","label":"A","options":["x","y"],"dimension":"d"}\n', 'jsonl'))
    expect(one).toMatchObject({ id: '1', options: { A: 'x', B: 'y' }, label: 'A', dimension: 'd', group: 'all' })
  })

  it('reads it with a byte order mark and line ends of Windows', async () => {
    const [first, second] = await all(file(`\ufeff${tsv.replaceAll(/\n(?=[78])/g, '\r\n')}\r\n`))
    expect([first!.id, second!.id, second!.question]).toEqual(['7', '8', 'Who\nwins?'])
  })

  it('reads a list of JSON, numbers and truths as texts, labels by the text of their option, pictures', async () => {
    const image = picture.toString('base64')
    const list = [
      { id: 1, question: 'q', answer: 3, hint: 'h', image },
      { index: 2, question: 'q', label: 'y', options: ['x', 'y'], category: 'c', 'l2-category': 'g' },
      { id: 3, question: 'q', label: true, options: { yes: 'it is', true: 'so' } },
    ]
    const [one, two, three] = await all(file(JSON.stringify(list), 'json'))
    expect(one).toMatchObject({ id: '1', label: '3', hint: 'h' })
    expect(Buffer.from(one!.picture!().bytes).equals(picture)).toBe(true)
    expect(two).toMatchObject({ id: '2', label: 'B', dimension: 'c', group: 'g' })
    expect(three).toMatchObject({ label: 'true' })
  })

  it.each([
    [
      'a letter of an option that is empty',
      'index\tquestion\tA\tB\tanswer\n1\tq\tx\tnan\tB\n',
      'tsv',
      /one of the options A/,
    ],
    ['a text that is no option', '{"id":1,"question":"q","label":"z","options":["x","y"]}', 'jsonl', /"z"/],
    ['a text that is two options', '{"id":1,"question":"q","label":"x","options":["x","x"]}', 'jsonl', /"x"/],
  ])('refuses a label that is %s', async (_, content, ending, message) => {
    await expect(all(file(content, ending))).rejects.toMatchObject({
      code: 'MIMICIT_BAD_RECORD',
      message: expect.stringMatching(message),
    })
  })

  it('refuses a table without a column, and more options than letters', async () => {
    await expect(all(file('index\tA\tanswer\n1\tx\tA\n'))).rejects.toMatchObject({
      code: 'MIMICIT_BAD_RECORD',
      message: expect.stringMatching(/columns index, A, answer/),
    })
    const many = { id: 1, question: 'q', label: 'o1', options: Array.from({ length: 27 }, (_, i) => `o${i}`) }
    await expect(all(file(JSON.stringify(many), 'jsonl'))).rejects.toMatchObject({ code: 'MIMICIT_BAD_RECORD' })
  })

  it('refuses questions without their answers, and says what is missing', async () => {
    await expect(all(file('index\tquestion\tA\n1\tq\tx\n'))).rejects.toMatchObject({
      code: 'MIMICIT_BAD_RECORD',
      message: expect.stringMatching(/without answer/),
    })
  })
})
