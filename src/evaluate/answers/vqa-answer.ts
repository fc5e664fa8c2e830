// Short answers to visual questions made comparable, by the rules of the VQA challenge: small letters, punctuation out (a
// blank instead where it joined two words), number words to digits, articles out, contractions with their apostrophes.

const PUNCTUATION = ';/[]"{}()=+\\_-><@`,?!'

const NUMBERS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
const DIGITS: ReadonlyMap<string, string> = new Map([
  ['none', '0'],
  ...NUMBERS.map((word, value) => [word, String(value)] as const),
])

const ARTICLES: ReadonlySet<string> = new Set(['a', 'an', 'the'])

/** Contractions that are also written without their apostrophes; not those that are other words then (he'll, we're, I'll). */
const CONTRACTIONS = `
ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd've he's how'd
how'll how's i'd've i'm i've isn't it'd it'd've it'll let's ma'am mightn't mightn't've might've mustn't must've needn't not've
o'clock oughtn't shan't she'd've she's should've shouldn't shouldn't've somebody'd somebody'd've somebody'll somebody's
someone'd someone'd've someone'll someone's something'd something'd've something'll that's that'd that'd've there'd
there'd've there're there's they'd they'd've they'll they're they've wasn't we'd've we've weren't what'll what're what's
what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've wouldn't
wouldn't've y'all y'all'll you'd you'd've you'll you're you've`

const WRITTEN: ReadonlyMap<string, string> = new Map(
  CONTRACTIONS.trim()
    .split(/\s+/)
    .flatMap((word) => spellings(word).map((other) => [other, word] as const)),
)

/** A contraction with any of its apostrophes left out. */
function spellings(word: string): string[] {
  const at = word.indexOf("'")
  if (at < 0) return [word]
  return spellings(word.slice(at + 1)).flatMap((rest) => [
    `${word.slice(0, at)}${rest}`,
    `${word.slice(0, at)}'${rest}`,
  ])
}

/** An answer as it is compared. */
export function vqaAnswer(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim()
  let out = plain
  const hasThousands = /\d,\d/.test(plain)
  for (const mark of PUNCTUATION) {
    // Where it stands beside a blank it goes; where it joins two words a blank takes its place.
    const goes = plain.includes(`${mark} `) || plain.includes(` ${mark}`) || hasThousands
    out = out.replaceAll(mark, goes ? '' : ' ')
  }
  return out
    .replace(/\.(?!\d)/g, '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '' && !ARTICLES.has(word))
    .map((word) => DIGITS.get(word) ?? WRITTEN.get(word) ?? word)
    .join(' ')
}

/**
 * Accuracy of an answer against those of people: the mean, over leaving each of them out, of whether at least three of the
 * others said the same (less for two, or one). Where there are fewer than four, all the others have to; a single one has to
 * be met.
 * @param references at least one
 */
export function vqaAccuracy(answer: string, references: readonly string[]): number {
  const said = vqaAnswer(answer)
  const matches = references.map((reference) => vqaAnswer(reference) === said)
  const all = matches.filter(Boolean).length
  if (matches.length === 1) return all
  const needed = Math.min(3, matches.length - 1)
  const sum = matches.reduce((total, match) => total + Math.min(1, (all - (match ? 1 : 0)) / needed), 0)
  return sum / matches.length
}
