// Numbers of a text, in whatever digits and with whatever marks between them: "1,200", "1.200", "1 200" and "١٬٢٠٠" are one
// number. Small numbers may be written as words.
import { plainDigits } from '../../text/digits.js'

/** Between the digits of one number: points, commas, blanks in front of three digits. */
const NUMBER = /\d+(?:[.,٫٬'’]\d+|[ \u00a0\u202f]\d{3}(?!\d))*/g

/** The numbers of a text as their digits alone, in order; zeros in front do not count. */
export function numbersOf(text: string): string[] {
  return (plainDigits(text).match(NUMBER) ?? []).map((number) => number.replace(/\D/g, '').replace(/^0+(?=\d)/, ''))
}

/** Words for 0 to 12 in each language, with the forms that they have; those of Chinese and Japanese are characters. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  en: [
    'zero no',
    'one a an first single once',
    'two second both pair couple twice half',
    'three third',
    'four fourth quarter',
    'five fifth',
    'six sixth',
    'seven seventh',
    'eight eighth',
    'nine ninth',
    'ten tenth',
    'eleven eleventh',
    'twelve twelfth dozen noon midnight',
  ],
  es: [
    'cero',
    'un uno una primer primero primera',
    'dos segundo segunda ambos ambas par',
    'tres tercer tercero tercera',
    'cuatro cuarto cuarta',
    'cinco quinto quinta',
    'seis sexto sexta',
    'siete séptimo',
    'ocho octavo',
    'nueve noveno',
    'diez décimo',
    'once',
    'doce docena',
  ],
  de: [
    'null',
    'ein eine einen einem einer eins erste ersten erster',
    'zwei zweite zweiten beide beiden paar',
    'drei dritte dritten',
    'vier vierte vierten',
    'fünf fünfte',
    'sechs sechste',
    'sieben siebte',
    'acht achte',
    'neun neunte',
    'zehn zehnte',
    'elf elfte',
    'zwölf dutzend',
  ],
  fr: [
    'zéro',
    'un une premier première',
    'deux deuxième second seconde',
    'trois troisième',
    'quatre quatrième',
    'cinq cinquième',
    'six sixième',
    'sept septième',
    'huit huitième',
    'neuf neuvième',
    'dix dixième',
    'onze onzième',
    'douze douzaine',
  ],
  zh: ['零 〇', '一', '二 两 兩 双', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二'],
  ja: [
    '零 ゼロ',
    '一 ひと',
    '二 ふた',
    '三 みっ',
    '四 よっ',
    '五 いつ',
    '六 むっ',
    '七 なな',
    '八 やっ',
    '九 ここの',
    '十',
    '十一',
    '十二',
  ],
  ko: [
    '영',
    '일 하나 한 첫',
    '이 둘 두',
    '삼 셋 세',
    '사 넷 네',
    '오 다섯',
    '육 여섯',
    '칠 일곱',
    '팔 여덟',
    '구 아홉',
    '십 열',
    '십일 열한',
    '십이 열두',
  ],
  ar: [
    'صفر',
    'واحد واحدة أول',
    'اثنان اثنين اثنتان اثنتين ثاني كلا',
    'ثلاثة ثلاث ثالث',
    'أربعة أربع رابع',
    'خمسة خمس خامس',
    'ستة ست سادس',
    'سبعة سبع',
    'ثمانية ثماني ثمان',
    'تسعة تسع',
    'عشرة عشر',
    'أحد عشر إحدى عشرة',
    'اثنا عشر اثنتا عشرة',
  ],
}

/** Whether a text says a small number as a word. */
function saysNumber(text: string, digits: string, language: string): boolean {
  const words = WORDS[language]?.[Number(digits)]
  if (words === undefined) return false
  const plain = text.toLowerCase()
  return words.split(' ').some((word) =>
    // Where there are no blanks between words, or words grow together, a part is enough.
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Arabic}]/u.test(word)
      ? plain.includes(word)
      : new RegExp(`(?<!\\p{L})${word}(?!\\p{L})`, 'u').test(plain),
  )
}

/** Numbers of a source that its translation does not have, and numbers of the translation that the source does not. */
export function numberDifferences(
  source: string,
  translation: string,
  from: string,
  to: string,
): { readonly lost: readonly string[]; readonly made: readonly string[] } {
  const before = numbersOf(source)
  const after = numbersOf(translation)
  return {
    lost: [...new Set(before.filter((number) => !after.includes(number) && !saysNumber(translation, number, to)))],
    made: [...new Set(after.filter((number) => !before.includes(number) && !saysNumber(source, number, from)))],
  }
}
