import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCheckedJson, encodeCheckedJson } from '../../src/base/checked-json.js'
import { faultOf } from '../support/fault.js'

const decode = (text: string) => decodeCheckedJson(text, 'a.json', 'MIMICIT_CORRUPT')
const plainObject = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 })

describe('checked JSON', () => {
  test('round trip; the text is JSON for every reader, with the checksum as its last member', () => {
    fc.assert(
      fc.property(plainObject, (value) => {
        const text = encodeCheckedJson(value)
        expect(decode(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect((JSON.parse(text) as { checksum: string }).checksum).toMatch(/^[0-9a-f]{64}$/)
        expect(text.endsWith('"\n}\n')).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  test('an empty object is still JSON', () => {
    const text = encodeCheckedJson({})
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['checksum'])
    expect(decode(text)).toEqual({})
  })

  test('golden text', () => {
    expect(encodeCheckedJson({ a: 1, b: ['ü'] })).toBe(
      '{\n  "a": 1,\n  "b": [\n    "ü"\n  ],\n  "checksum": "7d1d745e953e123a25846f10823e1d922baee4e4f0db4c35d1c508087a88c63b"\n}\n',
    )
  })

  test('any flipped byte is refused', async () => {
    const bytes = Buffer.from(encodeCheckedJson({ name: 'ünï\ufffd', list: [1, { deep: true }] }), 'utf8')
    for (let at = 0; at < bytes.byteLength; at++) {
      for (const bit of [1, 0x20, 0x80]) {
        const damaged = Buffer.from(bytes)
        damaged[at]! ^= bit
        const fault = await faultOf(() => decode(damaged.toString('utf8')))
        expect(fault.code, `byte ${at} bit ${bit}`).toBe('MIMICIT_CORRUPT')
        expect(fault.message).toContain('a.json')
      }
    }
  })

  test('any cut and any addition is refused', async () => {
    const text = encodeCheckedJson({ a: 1 })
    for (let end = 0; end < text.length; end++) {
      expect((await faultOf(() => decode(text.slice(0, end)))).code).toBe('MIMICIT_CORRUPT')
    }
    expect((await faultOf(() => decode(`${text}\n`))).message).toContain('JSON that ends with its checksum')
  })
})
