// Whether a text tells left from right: such a sample is never mirrored. Turning with or against the clock is told of sides too,
// as are the sides of a ship.

/** Of the words; part of the identity of a stream that mirrors, since they decide which of its samples are. */
export const SIDE_WORDS_VERSION = 2

/**
 * Words in the languages of the paper, in any case and grammatical form. Where a word has other meanings too ("right" is also
 * "correct", "droit" also "law"), a sample less is mirrored, which costs nothing; common words that only look alike are left out.
 */
const SIDES: readonly RegExp[] = [
  // English; what is left over is no side.
  /(?<!\p{L})(?:top|bottom|upper|lower|center|centre|front|back|rear|mid|far)?(?:left(?!-?over)|right)/iu,
  /clock[- ]?wise|(?<!\p{L})(?:ccw(?!\p{L})|starboard|larboard|port[- ]?side)/iu,
  // Chinese (simplified and traditional) and Japanese share the signs.
  /[左右]|[顺順逆反][时時][针針钟鐘]|[时時][针針钟鐘]方向/u,
  // Japanese, in syllables too.
  /ひだり|みぎ|ヒダリ|ミギ|(?:時計|とけい)(?:の針の?)?(?:方向|回|廻|周り|まわり)|時計の針と/u,
  // Spanish.
  /(?<!\p{L})(?:izquierd|derech|diestr|zurd|(?:izq|izda|izdo|dcha|dcho)(?!\p{L})|babor|estribor)/iu,
  /(?<!\p{L})(?:agujas|manecillas|saetas|sentido|contra|favor) del? (?:un )?reloj/iu,
  /(?<!\p{L})(?:(?:sentido|giro|dirección|rotación) horari[oa]|anti-?horari[oa])/iu,
  // French.
  /(?<!\p{L})(?:gauch|droit|bâbord|tribord|aiguilles? (?:d['’]une|de la|de l['’]) ?(?:montre|horloge))/iu,
  /(?<!\p{L})(?:(?:sens|rotation) horaire|anti[- ]?horaire)/iu,
  // German, compounds included; not what blinks.
  /(?<!\p{L})(?:halb|mitte|oben|unten|vorne|hinten)?(?:links|rechts)|uhrzeiger|backbord|steuerbord/iu,
  /(?<!\p{L})(?:link|recht)(?:e[rsnm]?|er(?:hand|seits))(?!\p{L})/iu,
  // Korean; what climbs or rises ("오른다") only looks like the right.
  /왼|오른(?!다(?!리))|바른(?:쪽|편|손|발)|[좌우](?:측|상단|하단)|좌우|좌편|(?<!\p{L})[좌우](?:회전|현|익|전방|후방)/u,
  /시계 ?(?:반대 ?)?방향|반 ?시계|시[계곗] ?바늘/u,
  // Arabic, with article, prefixes and endings; not what hurries ("يسارع") or dominates ("هيمنة").
  /يسار(?!ع)|[أا]يسر|[أا]يمن|يمين|شمال|ميمنة|ميسرة|عقارب (?:ال)?ساع|عقرب الساع/u,
  /(?<!\p{L})[وف]?[بلك]?(?:[اٱ]ل|ل)?(?:يسر|يمن)(?:ى|ا(?:ه|ها|هم|هما|نا|ك|كم|ي)|ة)(?!\p{L})/u,
]

/** Signs that are no letters of a word: the vowels of Arabic and the stroke that draws its words out, joiners, marks of direction. */
const SIGNS = /[\p{M}\p{Cf}\u0640]/gu

/** Whether a text tells left from right, in whichever language. */
export function tellsSides(text: string): boolean {
  // Letters of full width, half width or one shape of several are the same letters.
  const plain = text.normalize('NFKC').replace(SIGNS, '').replace(/\s+/gu, ' ')
  return SIDES.some((words) => words.test(plain))
}
