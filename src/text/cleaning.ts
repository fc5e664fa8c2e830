// Text cleaning, as Otter's training code had it. All of it loses something (case, punctuation of most languages, times,
// mathematics), so nothing is cleaned unless it is asked for; it is here for whoever continues a model that was trained
// on such text. v0.2 also drew the case of the first letter of each question at random, which we do not repeat.

/** What is done to the two texts of a turn before it is rendered. */
export interface TextCleaning {
  /** The name it has in `cleanings`. */
  readonly name: string
  /** What becomes of an instruction. */
  instruction(text: string): string
  /** What becomes of a response. */
  response(text: string): string
}

/** White space as Python's regular expressions know it. */
const WHITE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const RUNS = new RegExp(`[${WHITE}]{2,}`, 'gu')
const ENDS = new RegExp(`^[${WHITE}]+|[${WHITE}]+$`, 'gu')
/** All but word characters, white space and `. , ? ! ( ) " '`. */
const SYMBOLS = new RegExp(`[^\\p{L}\\p{N}_${WHITE}.,?!()"']`, 'gu')

const asItIs = (text: string) => text
const trimmed = (text: string) => text.replace(ENDS, '')
const collapsed = (text: string) => text.replace(RUNS, ' ')

/** Words of a text in v0.2 at most, counted by blanks. */
const MOST_WORDS = 256

const v02Ends = (text: string) =>
  collapsed(text)
    .replace(/\n+$/, '')
    .replace(/^ +| +$/g, '')
const firstWords = (text: string, most: number) => text.split(' ').slice(0, most).join(' ')

function v02Instruction(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/^[,.!?*#:;~]+/, '')
    .replace(/[-/]/g, ' ')
  return firstWords(v02Ends(plain), MOST_WORDS)
}

/** Whole sentences while there are not too many words, else the first words; ends with a full stop in any case. */
export function v02Response(text: string, mostWords = MOST_WORDS): string {
  const whole = v02Ends(text)
  let kept = ''
  for (const sentence of whole.split('.')) {
    const longer = kept === '' ? sentence : `${kept}.${sentence}`
    if (longer.split(' ').length > mostWords) break
    kept = longer
  }
  if (kept === '') return firstWords(whole, mostWords)
  return kept.endsWith('.') ? kept : `${kept}.`
}

const withoutSymbols = (text: string) => trimmed(collapsed(text.replace(SYMBOLS, '')))

/** Every cleaning by name. */
export const cleanings: Readonly<Record<string, TextCleaning>> = {
  /** Texts stay as they are. */
  none: { name: 'none', instruction: asItIs, response: asItIs },
  /** Otter v0.2: lower-case questions without `-` and `/`, a full stop behind every answer, 256 words. */
  'v0.2': { name: 'v0.2', instruction: v02Instruction, response: (text) => v02Response(text) },
  /** Otter's training code at HEAD: deletes most symbols, also `。` and `؟`. */
  head: { name: 'head', instruction: withoutSymbols, response: withoutSymbols },
  /** The same with `--keep_symbols`: blanks at the ends, and `\r\n` in answers. */
  'head-keep-symbols': {
    name: 'head-keep-symbols',
    instruction: trimmed,
    response: (text) => trimmed(text).replaceAll('\r\n', '\n'),
  },
}
