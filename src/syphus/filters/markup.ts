// What is no text: tags and entities of HTML, marks of a prompt, control characters, halves of characters, and what is left
// of a broken encoding.
import { type FilterKind, type PatternRule, patternFilter } from './filter.js'

const RULES: readonly PatternRule[] = [
  {
    rule: 'html',
    finds: 'has a tag or an entity of HTML',
    pattern: /<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?\/?>|<!--|&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#x[\da-f]{1,6});/iu,
  },
  { rule: 'prompt-mark', finds: 'has a mark of a prompt', pattern: /<\|[\w ]{1,40}\|>|\[\/?INST\]|<<\/?SYS>>/u },
  {
    rule: 'broken-characters',
    finds: 'has characters that are none',
    pattern: /[\p{Cs}\ufffd\ufffe\uffff]|(?![\t\n\r])[\p{Cc}]/u,
  },
]

/** The filter. */
export const markup: FilterKind = {
  title: 'tags and entities of HTML, marks of a prompt, characters that are none',
  create: () => patternFilter(RULES),
}
