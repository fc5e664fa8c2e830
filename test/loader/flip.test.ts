// Mirrored pictures: whose, and never against the text.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMirrored, mirrored } from '../../src/loader/flip.js'
import { tellsSides } from '../../src/loader/side-words.js'
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
/** Turning with the clock and against it, signs that are written otherwise, and the sides of ships. */
const MORE_SIDED: typeof SIDED = {
  en: [
    'It turns clockwise.',
    'counter clockwise',
    'anticlockwise',
    'clock-wise',
    'rotated CCW',
    'at bottom_left',
    'ＬＥＦＴ',
    'topright',
    'the starboard bow',
  ],
  zh: ['顺时针旋转', '逆时针方向', '順時針', '反時針', '逆時鐘方向轉'],
  es: [
    'en sentido horario',
    'en sentido antihorario',
    'las agujas del reloj',
    'las manecillas de un reloj',
    'arriba izq.',
    'a babor',
  ],
  ja: ['時計回りに回る', '反時計まわり', '時計の針と同じ方向', '時計の針の方向', 'ﾋﾀﾞﾘ', '時計方向'],
  fr: [
    "dans le sens des aiguilles d'une montre",
    'les aiguilles de l’horloge',
    'le sens horaire',
    'antihoraire',
    'anti-horaire',
    'à tribord',
  ],
  de: ['im Uhrzeigersinn', 'gegen den Uhrzeigersinn', 'linkerhand', 'halbrechts', 'rechterseits', 'an Backbord'],
  ko: [
    '시계 방향으로',
    '시계방향',
    '반시계 방향',
    '시계 반대 방향',
    '시곗바늘',
    '우회전하는 차',
    '좌상단',
    '오른다리',
    '바른손',
  ],
  ar: [
    'بِاتِّجَاهِ عَقَارِبِ السَّاعَةِ',
    'عكس عقارب الساعة',
    'فِي الْجَانِبِ الْأَيْسَرِ',
    'إِلَى الْيَمِينِ',
    'عَلَى ٱلْيَسَارِ',
    'بِيَدِهِ الْيُمْنَى',
    'يـــمـــيـــن',
    'في يسراه كتاب',
    'يَمْنَةً وَيَسْرَةً',
    'ﻳﺴﺎﺭ',
    'باليمنى',
  ],
}
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  en: [
    'What is this?',
    'A bright light at night',
    'an upright fright, the aftermath',
    'cleft theft',
    'The leftovers of a meal',
    'It blinks and clinks',
    'a copyright sign on a playwright',
    'a clock on the wall',
    'a passport',
    'a link',
  ],
  zh: ['图片里有什么？', '一只猫在桌子上面', '墙上有一个时钟', '针线'],
  es: ['¿Qué hay en la mesa?', 'un gato negro', 'un reloj en la pared', 'el horario de trenes', 'a favor de todo'],
  ja: ['これは何ですか', '猫が机の上にいます', '壁に時計があります', '針と糸'],
  fr: [
    'un chat sur la table',
    'un endroit calme',
    'une montre',
    'une tarte aux aiguilles de pin',
    'un horaire de train',
    'adroitement',
  ],
  de: [
    'eine Katze auf dem Tisch',
    'ein Blinklicht',
    'aufrecht',
    'recht viele Leute',
    'Die Uhr zeigt etwas an',
    'Sie blinkte',
  ],
  ko: ['고양이가 있습니다', '책상 위에', '벽에 시계가 있습니다', '그는 계단을 오른다', '우편함', '학교 강좌로 갑니다'],
  ar: [
    'قطة على الطاولة',
    'ما هذا',
    'يُسَارِعُ إِلَى العَمَلِ',
    'هَيْمَنَة',
    'في اليمن',
    'ساعة على الحائط',
    'رجل يمني',
    'عقارب في الصحراء',
  ],
}

describe('texts that tell left from right', () => {
  test('the words of all eight languages are known', () => {
    expect(Object.keys(SIDED).sort()).toEqual(Object.keys(languages).sort())
  })

  test.each(Object.keys(languages))('%s', (language) => {
    expect(SIDED[language]!.filter((text) => !tellsSides(text))).toEqual([])
    expect(MORE_SIDED[language]!.filter((text) => !tellsSides(text))).toEqual([])
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
