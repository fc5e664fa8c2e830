// Base64 of pictures: what Python's `base64.urlsafe_b64decode` reads, with which the original reads it, becomes the same bytes;
// and what was left out of it is told.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64, isPlainBase64 } from '../../src/import/base64.js'
import { faultOf } from '../support/fault.js'

const decode = (text: string) => decodeBase64(text, () => 'here')
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

describe('a text is read as Python 3.11 reads it (golden: whoever changes a line has run it there)', () => {
  test.each<[text: string, bytes: string, told?: string]>([
    ['ab+/', 'i\xbf\xbf'],
    ['ab-_', 'i\xbf\xbf'],
    ['ab\n+/\r\n', 'i\xbf\xbf'],
    ['QUI=', 'AB'],
    ['QQ====\n', 'A'],
    ['QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=', LETTERS],
    ['Q!UJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=', LETTERS, '1 in its base64'],
    ['QUJDREVG=R0hJSktMTU5PUFFSU1RVVldYWVo=', LETTERS, '1 in its base64'],
    ['QUJDREVGR0=hJSktMTU5PUFFSU1RVVldYWVo=', LETTERS, '1 in its base64'],
    ['QUJDR\nE*VGR\n0hJSktMTU5PUFFSU1R\nVVldYWVo=', LETTERS, '1 in its base64'],
    ['QUJDREVGR0h=JSktMTU5PUFFSU1RVVldYWVo=', 'ABCDEFGH', '24 behind its end'],
    ['QUJDREVGR0==hJSktMTU5PUFFSU1RVVldYWVo=', 'ABCDEFG', '25 behind its end'],
    ['QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=AAAA', LETTERS, '4 behind its end'],
    ['QUJDREVGR0hJSk!tMTU5PUFFSU1RVVldYWVo= .', LETTERS, '1 in its base64, 1 behind its end'],
  ])('%j', (text, bytes, told) => {
    const { bytes: decoded, remarks } = decode(text)
    expect(Buffer.from(decoded).toString('latin1')).toBe(bytes)
    const message = `characters that were left out: ${told}`
    expect(remarks).toEqual(told === undefined ? undefined : [{ code: 'MIMICIT_STRAY_CHARACTERS', message }])
  })
})

test('padding that is missing is no matter; six bits too many, with which Python reads nothing, are told', () => {
  expect(decode('QUJDRA')).toEqual({ bytes: Buffer.from('ABCD') })
  expect(decode('QUJDREVGR0hJS')).toMatchObject({ bytes: Buffer.from('ABCDEFGHI'), remarks: [{}] })
})

test('text of which a large share is no base64 is none, nor are characters whose low byte would be one', async () => {
  for (const text of ['!!!! not base64 at all !!!!', 'Ł'.repeat(40), '<svg>', 'https://a.b/c.d?e=f']) {
    expect((await faultOf(async () => decode(text))).code, text).toBe('MIMICIT_BAD_BASE64')
  }
})

test('any bytes in either alphabet come back, and one stray character is told wherever it stands', () => {
  const strays = fc.constantFrom('!', '.', 'é', 'Ł', '\u{1f600}', '\0')
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 18 }), fc.boolean(), fc.nat(), strays, (bytes, isUrl, at, stray) => {
      const text = Buffer.from(bytes).toString(isUrl ? 'base64url' : 'base64')
      expect(decode(text)).toEqual({ bytes: Buffer.from(bytes) })
      expect(isPlainBase64(text, bytes.byteLength)).toBe(true)
      const place = at % text.replace(/=+$/, '').length
      const { bytes: decoded, remarks } = decode(text.slice(0, place) + stray + text.slice(place))
      expect(Buffer.compare(decoded, bytes)).toBe(0)
      expect(remarks).toMatchObject([{ code: 'MIMICIT_STRAY_CHARACTERS' }])
    }),
  )
})
