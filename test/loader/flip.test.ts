// Mirrored pictures: whose, and never against the text.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMirrored, mirrored, tellsSides } from '../../src/loader/flip.js'
import { turnOf } from '../../src/loader/turns.js'
import { languages } from '../../src/tuple/languages.js'
import { PIXEL_LAYOUTS } from '../../src/vision/layout.js'
import { pairWith, rulesWith } from './pairs.js'

const SIDED: Readonly<Record<string, readonly string[]>> = {
  en: ['What is on the LEFT?', 'the right-hand side', 'the leftmost cup', 'It turns clockwise.', 'to the far right.'],
  zh: ['图片左边有什么？', '右側的人', '在他的右手里'],
  es: ['a la izquierda de la mesa', 'El perro de la DERECHA', 'el lado derecho', 'su mano diestra', 'izquierdos'],
  ja: ['左にいる猫', '右側に', 'ひだりの手', 'みぎ'],
  fr: ['à gauche', 'la main droite', 'du côté DROIT', 'les bras gauches'],
  de: ['links im Bild', 'die rechte Hand', 'der linke Arm', 'Rechts steht ein Hund.', 'in der Linken', 'linksherum'],
  ko: ['왼쪽에 있는 사람', '오른손', '우측에', '좌우'],
  ar: ['على اليسار', 'في اليد اليمنى', 'الجانب الأيسر', 'إلى يمين الطاولة', 'يسارًا'],
}
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  en: ['What is this?', 'A bright light at night', 'an upright fright, the aftermath', 'cleft theft'],
  zh: ['图片里有什么？', '一只猫在桌子上面'],
  es: ['¿Qué hay en la mesa?', 'un gato negro'],
  ja: ['これは何ですか', '猫が机の上にいます'],
  fr: ['un chat sur la table', 'un endroit calme'],
  de: ['eine Katze auf dem Tisch', 'ein Blinklicht', 'aufrecht'],
  ko: ['고양이가 있습니다', '책상 위에'],
  ar: ['قطة على الطاولة', 'ما هذا'],
}

describe('texts that tell left from right', () => {
  test('the words of all eight languages are known', () => {
    expect(Object.keys(SIDED).sort()).toEqual(Object.keys(languages).sort())
  })

  test.each(Object.keys(languages))('%s', (language) => {
    expect(SIDED[language]!.filter((text) => !tellsSides(text))).toEqual([])
    expect(PLAIN[language]!.filter(tellsSides)).toEqual([])
  })

  test('decomposed letters are the same letters', () => {
    expect(tellsSides('الأيسر'.normalize('NFD'))).toBe(true)
    expect(tellsSides('왼쪽'.normalize('NFD'))).toBe(true)
  })

  test('a turn is looked at only where pictures may be mirrored, instruction and response', () => {
    const asked = pairWith({ instruction: 'What is on the left?' })
    const answered = pairWith({ response: 'Rechts steht ein Hund.' })
    const flip = rulesWith({ flip: true })
    expect([asked, answered, pairWith({})].map((pair) => turnOf(pair, flip).sided)).toEqual([true, true, false])
    expect(turnOf(asked, rulesWith()).sided).toBe(false)
  })
})

describe('mirroring', () => {
  test('twice is not at all, and every row is turned', () => {
    expect([...mirrored(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), 2, 'NHWC')]).toEqual([
      4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9,
    ])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.infiniteStream(fc.nat(255)), (size, levels) => {
        const rgb = Uint8Array.from([...levels.take(size * size * 3)])
        for (const layout of PIXEL_LAYOUTS) expect(mirrored(mirrored(rgb, size, layout), size, layout)).toEqual(rgb)
        // Planes of the mirrored picture are the mirrored planes.
        const planes = (pixels: Uint8Array) =>
          Uint8Array.from(pixels, (_, i) => pixels[(i % size ** 2) * 3 + Math.floor(i / size ** 2)]!)
        expect(mirrored(planes(rgb), size, 'NCHW')).toEqual(planes(mirrored(rgb, size, 'NHWC')))
      }),
    )
  })

  test('half of the samples, another half in another epoch or with another seed, the same ones always', () => {
    const ids = Array.from({ length: 2000 }, (_, i) => `LA_INS_${i}`)
    const draw = (seed: number, epoch: number) => ids.map((id) => isMirrored(seed, epoch, id))
    const base = draw(1, 0)
    expect(draw(1, 0)).toEqual(base)
    for (const other of [base, draw(1, 1), draw(2, 0)]) {
      const share = other.filter(Boolean).length / ids.length
      expect(Math.abs(share - 0.5)).toBeLessThan(0.05)
      if (other === base) continue
      const same = other.filter((one, i) => one === base[i]).length / ids.length
      expect(Math.abs(same - 0.5)).toBeLessThan(0.05)
    }
  })
})
