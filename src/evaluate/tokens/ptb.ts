// Words as the COCO caption tools count them: the Penn Treebank rules for English (contractions apart, abbreviations whole,
// quotes and brackets renamed), in small letters, and without the punctuation those tools leave out. Rules, not a copy of
// the original, which is a Java program; for captions, which are plain sentences, the words are the same.

/** Tokens that the COCO tools drop. Brackets stay: their list names them in capitals, and all is in small letters by then. */
const DROPPED: ReadonlySet<string> = new Set(["''", "'", '``', '`', '.', '?', '!', ',', ':', '-', '--', '...', ';'])

/** Abbreviations whose full stop belongs to them. */
const ABBREVIATIONS =
  'adm|apr|assn|aug|ave|blvd|bros|capt|cmdr|co|col|corp|dec|dept|dr|e\\.g|est|etc|ext|feb|ft|gen|gov|hon|hwy|i\\.e|inc|jan|jr|jul|jun|lt|ltd|mar|messrs|mr|mrs|ms|mt|no|nov|oct|ph\\.d|pres|prof|rd|rep|rev|sen|sep|sept|sgt|sr|st|univ|vs'

const BRACKETS: Readonly<Record<string, string>> = {
  '(': '-lrb-',
  ')': '-rrb-',
  '[': '-lsb-',
  ']': '-rsb-',
  '{': '-lcb-',
  '}': '-rcb-',
}

const WORD = [
  // Addresses and the like are one token.
  'https?://[^\\s]+[^\\s.,;:!?"\'()\\[\\]{}]',
  '[\\p{L}\\d._+-]+@[\\p{L}\\d-]+(?:\\.[\\p{L}\\d-]+)+',
  // Numbers with their points, thousands, times and fractions.
  '\\d+(?:[.,:/]\\d+)+(?![\\p{L}])',
  // Letters with points between: u.s.a., p.m.
  '\\p{L}(?:\\.\\p{L})+\\.?(?![\\p{L}\\d])',
  `(?:${ABBREVIATIONS})\\.(?![\\p{L}\\d])`,
  // Words, also those with hyphens, slashes and apostrophes inside; contractions come apart below.
  "[\\p{L}\\p{M}\\d_]+(?:[-/&'][\\p{L}\\p{M}\\d_]+)*",
  '\\.{3}|…',
  '-{2,}|[–—]',
  "''|``",
  '[^\\s]',
].join('|')

const PIECES = new RegExp(WORD, 'giu')

/** What comes apart inside a word: the Treebank's contractions. */
const CONTRACTIONS: readonly (readonly [RegExp, string])[] = [
  [/^(can)(not)$/, '$1 $2'],
  [/^(gon|wan)(na)$/, '$1 $2'],
  [/^(got)(ta)$/, '$1 $2'],
  [/^(gim|lem)(me)$/, '$1 $2'],
  [/^(d)('ye)$/, '$1 $2'],
  [/^(.+)(n't)$/, '$1 $2'],
  [/^(.+)('(?:s|m|d|ll|re|ve))$/, '$1 $2'],
]

/**
 * Splits a caption as the COCO tools do.
 * @param dropPunctuation leaves out what those tools leave out
 */
export function ptbTokens(text: string, dropPunctuation = true): string[] {
  const plain = text
    .toLowerCase()
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
  const tokens: string[] = []
  let quoteOpen = false
  for (const [piece] of plain.matchAll(PIECES)) {
    if (piece === '"') quoteOpen = !quoteOpen
    for (const token of tokensOf(piece, quoteOpen)) if (!dropPunctuation || !DROPPED.has(token)) tokens.push(token)
  }
  return tokens
}

function tokensOf(piece: string, quoteOpen: boolean): readonly string[] {
  if (piece === '"') return [quoteOpen ? '``' : "''"]
  if (piece === '…') return ['...']
  if (/^(?:-{2,}|[–—])$/.test(piece)) return ['--']
  if (Object.hasOwn(BRACKETS, piece)) return [BRACKETS[piece]!]
  if (!/[a-z]/.test(piece) || piece.startsWith('http')) return [piece]
  // Slashes are escaped in the Treebank's form.
  const word = piece.replaceAll('/', '\\/')
  for (const [pattern, split] of CONTRACTIONS) if (pattern.test(word)) return word.replace(pattern, split).split(' ')
  return [word]
}
