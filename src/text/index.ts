// Text: tokenizers, templates, labels, lengths.
// What `import … from 'mimicit/text'` gives; what is not listed here may change in any release.
export { byteTokenizer } from './byte-tokenizer.js'
export { cleanings, type TextCleaning } from './cleaning.js'
export { labelPolicies } from './labels/index.js'
export {
  IGNORED,
  type LabelPolicy,
  type LabelRow,
  labelRow,
  labelRowOf,
  type TurnSpan,
} from './labels/label-policy.js'
export {
  countsOf,
  type PairText,
  rowLength,
  type TurnCounts,
  type TurnFrame,
  type TurnVariants,
  tokeniseVariants,
  turnFrame,
  turnLength,
} from './lengths.js'
export { loadTokenizer } from './load-tokenizer.js'
export { type Marks, renderTurn, type Turn, type TurnPiece } from './render.js'
export { imagesWith, type Place, place, type Template, type TemplatePart, token, turn } from './template.js'
export { templates } from './templates.js'
export {
  type TextRules,
  type TokenisedTurn,
  type TokenUse,
  type TokenUses,
  tokeniseTurn,
} from './tokenise.js'
export type { SpecialTokens, Tokenizer } from './tokenizer.js'
