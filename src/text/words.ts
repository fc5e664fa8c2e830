// Words of a text in any of the languages: between blanks, and in languages without blanks (Chinese, Japanese) two
// characters count as one word, which is about what their words are.

const WITHOUT_BLANKS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'’.,:-]*/gu

/** How many words a text has. */
export function countWords(text: string): number {
  let characters = 0
  const rest = text.replace(WITHOUT_BLANKS, () => {
    characters++
    return ' '
  })
  return Math.ceil(characters / 2) + (rest.match(WORD)?.length ?? 0)
}

/** The words of a text in lower case, a character each where there are no blanks; for comparing texts. */
export function comparedWords(text: string): string[] {
  const spaced = text.normalize('NFKC').toLowerCase().replace(WITHOUT_BLANKS, ' $& ')
  return spaced.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? []
}
