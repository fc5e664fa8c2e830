// Syphus: pairs made of visual annotations, judged and translated.
// What `import … from 'mimicit/syphus'` gives; what is not listed here may change in any release.
export {
  type Choice,
  type ColdStartOptions,
  type ColdStartResult,
  coldStart,
  type Reviewer,
} from './cold-start/cold-start.js'
export {
  type Candidate,
  type ColdStartAction,
  type ColdStartSession,
  decide,
  newSession,
} from './cold-start/session.js'
export type { DraftPair } from './draft-pair.js'
export type { Objection, PairAbout } from './filters/filter.js'
export { type FilterName, filters } from './filters/index.js'
export {
  createJudge,
  type Judge,
  type JudgeCounts,
  type JudgedPair,
  type JudgeOptions,
  type Verdict,
} from './filters/judge.js'
export { type OutputForm, outputForm, pairList, type ReadReply } from './output-form.js'
export { type Replacement, readReplacements } from './replacements/replacement.js'
export type { SyphusSubject } from './request.js'
export type { MissingPolicy, SyphusOptions } from './run/options.js'
export { estimateSyphus, runSyphus, type SyphusSummary } from './run/run-syphus.js'
export type { ForbiddenText, PairSide, Person, Relation, Task, TaskExample, TaskRules } from './task.js'
export { tasks } from './tasks/index.js'
export { type Glossary, readGlossary } from './translate/glossary.js'
export type { TranslateOptions } from './translate/options.js'
export { type LanguageSummary, type TranslateSummary, translateDataset } from './translate/translate-dataset.js'
