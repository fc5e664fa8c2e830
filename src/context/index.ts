// C_psi, the in-context function: by name, from a registry, or one's own.
// What `import … from 'mimicit/context'` gives; what is not listed here may change in any release.

export { type BuiltContext, buildContext, buildContextPart, type ContextParts } from './build.js'
export type { BuildOptions } from './build-options.js'
export { type DeriveOptions, deriveContext } from './derive.js'
export type {
  Embedder,
  EmbedderKind,
  EmbedderMaker,
  PictureEmbedder,
  TextEmbedder,
  VectorTable,
} from './embedders/embedder.js'
export { registerEmbedder } from './embedders/registry.js'
export type { GuardCounts, GuardSettings } from './guards.js'
export { selectors } from './registry.js'
export type { ContextReport, TableStatistics } from './report.js'
export { defaultContext, selectContexts } from './select.js'
export type { ContextSelection, LiveOptions } from './selection.js'
export type { ContextFunction, ContextQuery, Selector, SelectorMaker } from './selector.js'
export { type ContextStatistics, contextStatistics } from './statistics.js'
export { type Strategy, strategies } from './strategies.js'
