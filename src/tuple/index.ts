// The tuple (I, R, X, C_psi): its parts, ids, subsets, languages, and what makes one sound.
// What `import … from 'mimicit/tuple'` gives; what is not listed here may change in any release.
export { type IdParts, parseId } from './ids.js'
export { isLanguageTag, languages } from './languages.js'
export { type MediaLayoutName, type SubsetPreset, subsetPreset, subsets } from './subsets.js'
export type { ContextRow, Media, MediaKind, Pair, Split } from './tuple.js'
export { validatePair } from './validate.js'
