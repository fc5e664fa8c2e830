import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exactNumbers } from '../../src/import/exact-json.js'
import { jsonLines, type LineLimits, unreadLines } from '../../src/import/json-lines.js'
import { bytesFile } from '../support/bytes-file.js'
import { faultOf } from '../support/fault.js'

async function read(text: string | Uint8Array, limits: LineLimits = {}) {
  const lines: [number, unknown, number][] = []
  for await (const { line, value, offset } of jsonLines(bytesFile(Buffer.from(text)), limits)) {
    lines.push([line, value, offset])
  }
  return lines
}

const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('integers beyond 2^53', () => {
  test('are read as texts with all their digits, wherever they stand', async () => {
    const [line] = await read('{"id":12345678901234567890,"a":[-9007199254740993],"b":9007199254740992}')
    expect(line![1]).toEqual({ id: '12345678901234567890', a: ['-9007199254740993'], b: 9007199254740992 })
  })

  test('and nothing else is touched: what JSON.parse gives back as it was stays', async () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.double(),
      fc.maxSafeInteger(),
      fc.constantFrom('1234567890123456789', '"', '\\', 1e21, 1e20, -0.12345678901234568),
    )
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(leaf), (value, list) => {
        const json = JSON.stringify([value, list], null, 1)
        expect(exactNumbers(json)).toBe(json)
      }),
    )
    for (const json of ['{12345678901234567890:1}', '[00000000000000000001]']) {
      expect((await faultOf(read(json))).code).toBe('MIMICIT_BAD_JSON')
    }
    for (const json of ['0.12345678901234567', '1e300', '0e999', '-0.000e+400', '"1e400 12345678901234567"']) {
      expect(exactNumbers(`[${json}]`)).toBe(`[${json}]`)
    }
  })
})

test('numbers beyond all that JavaScript holds are read as texts: infinity would become null', async () => {
  const numbers = ['1e400', '-1.5E+999', '1e-400', '0.02e-12345678901234567', `${'9'.repeat(400)}.5`, '-0.1e400']
  const [line] = await read(`{"a":[${numbers.join(', ')}, 1e308, 5e-324, 0e400],"1e400":"1e400"}`)
  expect(line![1]).toEqual({ a: [...numbers, 1e308, 5e-324, 0], '1e400': '1e400' })
})

describe('jsonLines', () => {
  test('gives every line that is not blank, wherever the file is cut into chunks', async () => {
    const blank = fc.constantFrom('', ' ', '\t', '\r', ' \r')
    const line = fc.option(fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(line, blank)),
        fc.boolean(),
        fc.integer({ min: 1, max: 30 }),
        async (lines, ended, chunkBytes) => {
          const texts = lines.map(([value, space]) => (value === undefined ? '' : JSON.stringify(value)) + space)
          const found = await read(texts.join('\n') + (ended ? '\n' : ''), { chunkBytes })
          const wanted = lines.flatMap(([value], n) =>
            value === undefined ? [] : [[n + 1, JSON.parse(JSON.stringify(value)) as unknown]],
          )
          expect(found.map(([number, value]) => [number, value])).toEqual(wanted)
          const file = Buffer.from(texts.join('\n'))
          for (const [, value, offset] of found) {
            const rest = file.subarray(offset).toString('utf8').split('\n')[0]!
            expect(JSON.parse(rest)).toEqual(value)
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  test('any bytes are either read or refused with the line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (bytes, chunkBytes) => {
        try {
          await read(bytes, { chunkBytes })
        } catch (error) {
          expect(error).toMatchObject({ code: 'MIMICIT_BAD_JSON', message: expect.stringMatching(/line \d+/) })
        }
      }),
    )
  })

  test('steps over a byte order mark of the file, not of a later line', async () => {
    for (const chunkBytes of [1, 2, 100])
      expect(await read('\ufeff1\n2', { chunkBytes })).toEqual([
        [1, 1, 0],
        [2, 2, 5],
      ])
    expect((await faultOf(read('1\n\ufeff2'))).message).toContain('line 2')
  })

  test.each([
    ['{"a":1}\n{"a":', 'line 2', 'valid JSON'],
    ['1\n\nnope', 'line 3', 'valid JSON'],
    [`1\n${deep(257)}`, 'line 2', 'nested at most 256 deep'],
    [Buffer.from([0x31, 0x0a, 0x22, 0xff, 0x22]), 'line 2', 'UTF-8'],
    ['1\n"0123456789012345"\n', 'line 2', 'at most 16 bytes'],
    ['1\n"0123456789012345', 'line 2', 'at most 16 bytes'],
  ])('%j is refused', async (text, where, expected) => {
    for (const chunkBytes of [3, 1000]) {
      const limits = expected.includes('16') ? { chunkBytes, maxLineBytes: 16 } : { chunkBytes }
      const fault = await faultOf(read(text, limits))
      expect(fault.code).toBe('MIMICIT_BAD_JSON')
      expect(fault.message).toContain(where)
      expect(fault.message).toContain(expected)
    }
  })

  test('brackets in strings are no nesting, and 256 deep is read', async () => {
    expect(await read(`{"a":"${'['.repeat(999)}\\"["}\n${deep(256)}`)).toHaveLength(2)
  })

  test('behind lines that cannot be read whoever wants to goes on, at the right place', async () => {
    const text = `1\nnope\n"${'x'.repeat(40)}"\n2\n${'9'.repeat(50)}\n\n"y"\n${'8'.repeat(90)}`
    for (const chunkBytes of [1, 3, 17, 1000]) {
      const lines: unknown[] = []
      const file = bytesFile(Buffer.from(text))
      for await (const { line, offset, read } of unreadLines(file, { chunkBytes, maxLineBytes: 16 })) {
        const code = await faultOf(async () => read()).catch(() => undefined)
        const value = code === undefined ? read() : code.message.split(' ').slice(1, 4).join(' ')
        lines.push([line, value, text.slice(offset).split('\n')[0]!.slice(0, 5)])
      }
      expect(lines).toEqual([
        [1, 1, '1'],
        [2, 'valid JSON in', 'nope'],
        [3, 'a line of', '"xxxx'],
        [4, 2, '2'],
        [5, 'a line of', '99999'],
        [7, 'y', '"y"'],
        [8, 'a line of', '88888'],
      ])
    }
  })

  test('a line without an end is not read to the end of the file', async () => {
    const file = bytesFile(Buffer.alloc(100_000, 0x31))
    await faultOf(async () => {
      for await (const _ of jsonLines(file, { maxLineBytes: 1000, chunkBytes: 100 }));
    })
    expect(file.reads.length).toBeLessThan(20)
  })
})
