import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonEntries, jsonItems, parseEntry } from '../../src/import/json-stream.js'
import { bytesFile } from '../support/bytes-file.js'
import { faultOf } from '../support/fault.js'

/** JSON text of a value with white space strewn in and some characters escaped. */
function spell(value: unknown, blank: () => string): string {
  const escaped = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
  const text = (s: string) =>
    JSON.stringify(s).replace(/\\u....|\\.|[e/]/g, (c) => (c.length > 1 || blank() === '' ? c : escaped(c)))
  const inner = (v: unknown): string => {
    if (typeof v === 'string') return text(v)
    if (Array.isArray(v)) return `[${blank()}${v.map((x) => inner(x) + blank()).join(`,${blank()}`)}]`
    if (typeof v !== 'object' || v === null) return JSON.stringify(v)
    const entries = Object.entries(v).map(([key, x]) => `${text(key)}${blank()}:${blank()}${inner(x)}${blank()}`)
    return `{${blank()}${entries.join(`,${blank()}`)}}`
  }
  return blank() + inner(value) + blank()
}

async function read(text: string | Uint8Array, path: string[], chunk: number): Promise<[string, unknown][]> {
  const file = bytesFile(Buffer.from(text))
  const entries: [string, unknown][] = []
  for await (const entry of jsonEntries(file, path, chunk)) {
    expect(
      Buffer.compare(entry.value, Buffer.from(text).subarray(entry.offset, entry.offset + entry.value.byteLength)),
    ).toBe(0)
    entries.push([entry.key, parseEntry(file, entry)])
  }
  return entries
}

const value = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' })
const object = fc.dictionary(fc.string({ unit: 'binary' }), value, { maxKeys: 6 })

describe('jsonEntries', () => {
  test('gives what JSON.parse gives, however the text is spelt and wherever it is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        object,
        fc.integer({ min: 1, max: 40 }),
        fc.infiniteStream(fc.nat(9)),
        async (data, chunk, rolls) => {
          const blank = () => ['', '', '', '', '', '', ' ', '\n', '\t', ' \r\n'][rolls.next().value as number]!
          const text = spell(data, blank)
          expect(await read(text, [], chunk)).toEqual(Object.entries(JSON.parse(text) as object))
        },
      ),
      { numRuns: 150 },
    )
  })

  test('goes down a path and past everything else', async () => {
    await fc.assert(
      fc.asyncProperty(object, object, value, fc.integer({ min: 1, max: 9 }), async (meta, data, last, chunk) => {
        const text = JSON.stringify({ meta, data, last })
        expect(await read(text, ['data'], chunk)).toEqual(Object.entries(JSON.parse(JSON.stringify(data)) as object))
      }),
      { numRuns: 60 },
    )
  })

  test('steps over a byte order mark, also one that arrives byte by byte', async () => {
    for (const chunk of [1, 2, 3, 100]) expect(await read('\ufeff{"a":1}', [], chunk)).toEqual([['a', 1]])
  })

  test('gives both of two equal keys, in order', async () => {
    expect(await read('{"a":1,"a":2}', [], 1)).toEqual([
      ['a', 1],
      ['a', 2],
    ])
  })

  test('every proper beginning of a file is refused', async () => {
    const text = '{"meta": {"v": [1, "]}"]}, "data": {"a": {"b": "\\"x"}, "c": -1.5e3}, "z": null}'
    for (let end = 0; end < text.length; end++) {
      const fault = await faultOf(read(text.slice(0, end), ['data'], 7))
      expect(fault.code, text.slice(0, end)).toBe('MIMICIT_BAD_JSON')
      expect(fault.message).toMatch(/memory, byte \d+/)
    }
    expect(await read(text, ['data'], 7)).toHaveLength(2)
  })

  test.each([
    ['[1]', 'an object, "{"', '"["'],
    ['<html>', 'an object, "{"', '"<"'],
    ['{a:1}', 'a key in double quotes', '"a"'],
    ['{"a" 1}', '":" after a key', '"1"'],
    ['{"a":1 "b":2}', '"," or "}" after an entry', 'entry "a"'],
    ['{"a":1,}', 'a key in double quotes', '"}"'],
    ['{"a":1} x', 'the end of the file', 'more bytes after the object'],
    ['{"a":}', 'valid JSON in UTF-8', 'entry "a"'],
    ['{"a":[1}]}', 'valid JSON', 'entry "a"'],
    [`{"a":${'['.repeat(300)}${']'.repeat(300)}}`, 'nested at most 256 deep', 'deeper nesting'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'valid JSON', 'byte'],
    [Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]), 'valid JSON in UTF-8', 'entry "a"'],
  ])('%s is refused', async (text, expected, received) => {
    const fault = await faultOf(read(text, [], 4))
    expect(fault.code).toBe('MIMICIT_BAD_JSON')
    expect(fault.message).toContain(expected)
    expect(fault.message).toContain(received)
  })

  test('a missing key on the path is named', async () => {
    const fault = await faultOf(read('{"meta":{}}', ['data'], 100))
    expect(fault.message).toContain('a key "data"')
  })

  test('reads every byte once: a long entry is not read again', async () => {
    const file = bytesFile(Buffer.from(JSON.stringify({ a: 'x'.repeat(10_000), b: 1 })))
    for await (const _ of jsonEntries(file, [], 16));
    expect(file.reads.reduce((sum, [, length]) => sum + length, 0)).toBe(file.byteLength)
  })
})

describe('values that are longer than what is held', () => {
  test('are measured as JSON.parse sees them, wherever the text is cut, and the others come whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        object,
        fc.integer({ min: 1, max: 20 }),
        fc.nat(30),
        fc.infiniteStream(fc.nat(9)),
        async (data, chunk, longest, rolls) => {
          const blank = () => ['', '', '', '', '', '', ' ', '\n', '\t', ' \r\n'][rolls.next().value as number]!
          const text = Buffer.from(spell(data, blank))
          const found: [string, unknown][] = []
          for await (const { key, value, offset, length } of jsonEntries(bytesFile(text), [], chunk, longest)) {
            const whole = text.subarray(offset, offset + length)
            if (length <= longest) expect(whole.equals(value)).toBe(true)
            else expect([0, length]).toContain(value.byteLength)
            found.push([key, JSON.parse(whole.toString('utf8'))])
          }
          expect(found).toEqual(Object.entries(JSON.parse(text.toString('utf8')) as object))
        },
      ),
      { numRuns: 300 },
    )
  })

  test.each([
    ['a text', () => 'x'.repeat(100_000)],
    ['a text of backslashes and quotes', () => '\\"'.repeat(30_000)],
    ['a list of texts', () => ['x'.repeat(50_000), 'y'.repeat(50_000)]],
  ])('%s: no more of it is held than that and a piece of the file', async (_, make) => {
    const file = bytesFile(Buffer.from(JSON.stringify({ a: make(), b: 'short' })))
    const found: unknown[] = []
    for await (const { key, value, length } of jsonEntries(file, [], 64, 100))
      found.push([key, value.byteLength, length])
    expect(found).toEqual([
      ['a', 0, JSON.stringify(make()).length],
      ['b', 7, 7],
    ])
    // A window grows by what it holds, so its longest reading tells how much that was.
    expect(Math.max(...file.reads.map(([, length]) => length))).toBeLessThanOrEqual(128)
  })

  test('one that does not end is refused', async () => {
    const file = bytesFile(Buffer.from(`{"a": "${'x'.repeat(5000)}`))
    const fault = await faultOf(
      (async () => {
        for await (const _ of jsonEntries(file, [], 64, 100));
      })(),
    )
    expect([fault.code, fault.parts.received]).toEqual(['MIMICIT_BAD_JSON', 'the end of the file'])
  })

  test('what is stepped over on the way to a path is not held either', async () => {
    const file = bytesFile(Buffer.from(JSON.stringify({ meta: 'x'.repeat(100_000), data: { a: 1 } })))
    for await (const { key } of jsonEntries(file, ['data'], 64)) expect(key).toBe('a')
    expect(Math.max(...file.reads.map(([, length]) => length))).toBeLessThanOrEqual(128)
  })
})

describe('jsonItems', () => {
  async function items(text: string, chunk: number): Promise<unknown[]> {
    const file = bytesFile(Buffer.from(text))
    const found: unknown[] = []
    for await (const item of jsonItems(file, [], chunk)) {
      expect(item.key).toBe(String(found.length))
      expect(
        Buffer.from(text)
          .subarray(item.offset, item.offset + item.value.byteLength)
          .equals(item.value),
      ).toBe(true)
      found.push(parseEntry(file, item))
    }
    return found
  }

  test('gives what JSON.parse gives, however the text is spelt and wherever it is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        fc.infiniteStream(fc.nat(9)),
        async (data, chunk, rolls) => {
          const blank = () => ['', '', '', '', '', '', ' ', '\n', '\t', ' \r\n'][rolls.next().value as number]!
          const text = spell(data, blank)
          expect(await items(text, chunk)).toEqual(JSON.parse(text))
        },
      ),
      { numRuns: 150 },
    )
  })

  test('every proper beginning of a file is refused', async () => {
    const text = '\ufeff[{"a": "]"}, [1, 2], "\\"", -1.5e3, null]'
    for (let end = 0; end < text.length; end++) {
      expect((await faultOf(items(text.slice(0, end), 5))).code, text.slice(0, end)).toBe('MIMICIT_BAD_JSON')
    }
    expect(await items(text, 5)).toHaveLength(5)
  })

  test.each([
    ['{"a":1}', 'an array, "["', '"{"'],
    ['[1 2]', '"," or "]" after an item', 'entry "0"'],
    ['[1,]', 'valid JSON in UTF-8', 'entry "1"'],
    ['[1] 2', 'the end of the file', 'more bytes after the array'],
    [`[${'['.repeat(300)}${']'.repeat(300)}]`, 'nested at most 256 deep', 'deeper nesting'],
  ])('%s is refused', async (text, expected, received) => {
    const fault = await faultOf(items(text, 4))
    expect(fault.code).toBe('MIMICIT_BAD_JSON')
    expect(fault.message).toContain(expected)
    expect(fault.message).toContain(received)
  })
})
