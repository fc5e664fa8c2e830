// The public face of mimicit: everything that `import ... from 'mimicit'` gives, and nothing else. What is not listed here
// may change in any release.

// --- Errors: one class, stable codes (docs/errors.md), and issues as data

export { type ErrorCode, type ErrorParts, isMimicitError, MimicitError } from './base/errors.js'
export type { Issue, IssueCount } from './base/issues.js'
export type { OnProgress, Progress } from './base/progress.js'
export { version } from './base/version.js'

// --- The tuple (I, R, X, C_psi): its parts, ids, subsets, languages, and what makes one sound

export { type IdParts, parseId } from './tuple/ids.js'
export { isLanguageTag, languages } from './tuple/languages.js'
export { type MediaLayoutName, type SubsetPreset, subsetPreset, subsets } from './tuple/subsets.js'
export type { ContextRow, Media, MediaKind, Pair, Split } from './tuple/tuple.js'
export { validatePair } from './tuple/validate.js'

// --- A data set on disk (schema/FORMAT.md): open it, read any row, check every byte

export type { CacheOptions } from './io/cache/with-cache.js'
export type { NetworkOptions } from './io/http/range-client.js'
export type { CacheStats, ReadableFile, Store, StoreStats } from './io/readable.js'
export type { StoreOptions } from './io/store.js'
export { type ContextTable, type Dataset, openDataset } from './shards/dataset.js'
export { type Lengths, type LengthsOptions, type LengthsWindow, openLengths } from './shards/lengths-table.js'
export type { ContextRecord, LengthsRecord, Manifest, ShardRecord, TableRecord } from './shards/manifest.js'
export type { MediaFacts } from './shards/rows.js'
export { type VerifyOptions, type VerifyReport, verifyDataset } from './shards/verify/index.js'

// --- Foreign forms into a data set

export type {
  MediaNote,
  NormalisedBox,
  VisualAnnotation,
  VisualCaption,
  VisualObject,
  VisualSegment,
} from './import/annotations/annotation.js'
export type { AnnotationSet } from './import/annotations/annotation-set.js'
export { annotationSets } from './import/annotations/index.js'
export type { SourceFormName } from './import/forms.js'
export { type ImportDatasetOptions, importDataset } from './import/import-dataset.js'
export { importMimicIt, type MimicItOptions } from './import/mimic-it/index.js'
export type { ImportOptions } from './import/options.js'
export type { ImportSummary } from './import/run.js'
export type { SourceInputs } from './import/source-form.js'
export type { ShrunkSummary } from './import/write-pictures.js'

// --- A data set into foreign forms

export { type ExportOptions, type ExportSummary, exportDataset } from './import/export/export-dataset.js'
export type { ExportFormName } from './import/export/forms.js'
export type { Loss } from './import/export/losses.js'
export type { ExportedFile } from './import/export/output.js'
export type { ExportConditions } from './import/export/plan.js'

// --- Whole data sets made of others

export { type FilterOptions, filterDataset } from './layout/filter.js'
export type { FilterConditions } from './layout/filter-rule.js'
export { type MergeOptions, mergeDatasets } from './layout/merge.js'
export { type LocalityOptions, reorderByLocality } from './layout/reorder.js'
export { type RewriteOptions, type RewriteSummary, rewriteDataset } from './layout/rewrite.js'
export { type SplitOptions, type SplitResult, splitDataset } from './layout/split.js'
export {
  type DatasetStatistics,
  datasetStatistics,
  type StatisticsOptions,
  type TokenStatistics,
  type VerbStatistics,
} from './layout/statistics/dataset-statistics.js'
export type { Distribution } from './layout/statistics/distribution.js'
export type { MadeCost } from './layout/statistics/made-cost.js'
export { statisticsCharts, statisticsPicture, statisticsReport } from './layout/statistics/statistics-report.js'
export type { VerbRow } from './layout/statistics/verb-table.js'
export type { TokenizeOptions } from './layout/tokenize/options.js'
export { type TokenizeSummary, tokenizeDataset } from './layout/tokenize/tokenize-dataset.js'
export type { FormName } from './shards/forms.js'

// --- C_psi, the in-context function: by name, from a registry, or one's own

export { type BuiltContext, buildContext } from './context/build.js'
export type { BuildOptions } from './context/build-options.js'
export { type DeriveOptions, deriveContext } from './context/derive.js'
export type {
  Embedder,
  EmbedderKind,
  EmbedderMaker,
  PictureEmbedder,
  TextEmbedder,
  VectorTable,
} from './context/embedders/embedder.js'
export { registerEmbedder } from './context/embedders/registry.js'
export type { GuardCounts, GuardSettings } from './context/guards.js'
export { selectors } from './context/registry.js'
export type { ContextReport, TableStatistics } from './context/report.js'
export { type ContextSelection, defaultContext, type LiveOptions, selectContexts } from './context/select.js'
export type { ContextFunction, ContextQuery, Selector, SelectorMaker } from './context/selector.js'
export { type ContextStatistics, contextStatistics } from './context/statistics.js'
export { type Strategy, strategies } from './context/strategies.js'

// --- Text: tokenizers, templates, labels

export { byteTokenizer } from './text/byte-tokenizer.js'
export { cleanings, type TextCleaning } from './text/cleaning.js'
export { labelPolicies } from './text/labels/index.js'
export {
  IGNORED,
  type LabelPolicy,
  type LabelRow,
  labelRow,
  labelRowOf,
  type TurnSpan,
} from './text/labels/label-policy.js'
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
} from './text/lengths.js'
export { loadTokenizer } from './text/load-tokenizer.js'
export { type Marks, renderTurn, type Turn, type TurnPiece } from './text/render.js'
export { imagesWith, type Place, place, type Template, type TemplatePart, token, turn } from './text/template.js'
export { templates } from './text/templates.js'
export {
  type TextRules,
  type TokenisedTurn,
  type TokenUse,
  type TokenUses,
  tokeniseTurn,
} from './text/tokenise.js'
export type { SpecialTokens, Tokenizer } from './text/tokenizer.js'

// --- Pictures: from bytes to the pixels of a model

export { createPictureDecoder, type PictureDecoder, type PictureDecoderOptions } from './vision/decoder.js'
export { PIXEL_LAYOUTS, type PixelLayout } from './vision/layout.js'
export {
  type Normalisation,
  type NormalisationName,
  normalisations,
  type PixelFormat,
  type PixelValues,
  type PixelWriter,
  pixelWriter,
} from './vision/normalise.js'
export { type Box, type Transform, type TransformName, type TransformPlan, transforms } from './vision/transforms.js'

// --- The loader: a data set as a stream of ready batches

export { type ByteRange, FAR_JOIN, type JoinLimits, LOCAL_JOIN } from './io/coalesce.js'
export type { AssemblyRules } from './loader/assemble.js'
export type { Batch, BatchShape, BatchStream, LoaderState, SampleFault, StreamedBatch } from './loader/batch.js'
export { batchToArrow } from './loader/batch-arrow.js'
export type { LoaderEvent } from './loader/events.js'
export { type Loader, loadMimicIT } from './loader/load-mimic-it.js'
export type { LoaderOptions } from './loader/options.js'
export {
  type ContextChoice,
  type ContextDraw,
  type ContextOrder,
  chooseContexts,
} from './loader/plan/choose-contexts.js'
export { type PlanParts, planDifferences } from './loader/plan/identity.js'
export { type Plan, type PlannedContent, type PlannedRead, type PlanRules, plan } from './loader/plan/plan.js'
export { buildIndex, type IndexEntry, type PictureColumns, type PlanIndex } from './loader/plan/plan-index.js'
export { type OrderKey, type Shuffle, shuffleNamed, shuffles } from './loader/plan/shuffles.js'
export type { SimulatedPadding, SimulationReport } from './loader/plan/simulate.js'
export type { StreamFacts } from './loader/prepare.js'
export { assemblyRules } from './loader/rules.js'
export { type EpochSimulation, type SimulationOptions, simulateEpoch } from './loader/simulate-epoch.js'
export type { LoaderSource } from './loader/sources.js'
export { type LoaderStats, STAGES, type Stage, type StreamStats } from './loader/stats.js'

// --- The Otter model: configurations, weights, answers

export { type Answer, answerQuery, type Question } from './otter/answer.js'
export { type OtterConfig, parseOtterConfig } from './otter/config.js'
export { type Decoding, type GenerateOptions, generate } from './otter/generate.js'
export { createOtter, type Otter, type OtterOptions, type OtterOutput } from './otter/model.js'
export { countParameters, type ParameterCount } from './otter/parameter-count.js'
export { type PresetName, presetConfig, presets } from './otter/presets.js'
export { type Purpose, type Room, roomFor } from './otter/room.js'
export type { Trainable } from './otter/trainable.js'
export {
  type ConvertedWeights,
  type ConvertOptions,
  convertWeights,
  type OutputScheme,
} from './otter/weights/convert.js'
export { describeWeights, type PartFacts, type TensorFacts, type WeightsFacts } from './otter/weights/describe.js'
export type { DType, WritableDType } from './otter/weights/dtypes.js'
export type { LoadReport, ResizedRows } from './otter/weights/fit.js'
export { type LoadOptions, loadWeightFiles, loadWeights, stateDict } from './otter/weights/load.js'
export { type OpenedOtter, type OpenOtterOptions, openOtter } from './otter/weights/open-otter.js'
export { openWeights, type StoredTensor, type Weights } from './otter/weights/open-weights.js'
export type { RowRange } from './otter/weights/place.js'
export { readSafeTensors, type StateDict, writeSafeTensors } from './otter/weights/safetensors.js'
export { type SaveOptions, saveWeights } from './otter/weights/save.js'
export type { WriteOptions, WrittenWeights, WrittenWeightsFile } from './otter/weights/write-weights.js'
export { type BackendName, backendNames, chooseBackend, type TensorBackend } from './tensors/backend.js'

// --- Training: the loop, checkpoints, and runs as directories

export { AdamW, type AdamWOptions } from './train/adamw.js'
export { latestCheckpoint, readTrainState, type TrainState } from './train/checkpoint.js'
export { lossCurve } from './train/curve.js'
export { curvePage, type Measured } from './train/curve-page.js'
export { type DecayRule, type DecayRuleName, decayRules } from './train/decay.js'
export { type CheckpointOptions, type TrainOptions, type TrainResult, train } from './train/loop.js'
export type { EvaluationMetrics, StepMetrics } from './train/metrics.js'
export {
  type LoadedRun,
  loadRun,
  type RunControl,
  type RunFacts,
  type RunResult,
  resumeRun,
  startRun,
} from './train/run.js'
export { type RunSettings, runSettings } from './train/run-settings.js'
export { type ScheduleName, type ScheduleOptions, schedules } from './train/schedule.js'

// --- Reports and their charts

export { htmlPage } from './base/chart/html-page.js'
export type { Report, ReportSection } from './base/chart/report.js'

// --- Evaluation: captions, answers, preferences

export {
  type CaptionFileOptions,
  type CaptionOptions,
  type CaptionReport,
  type CaptionScores,
  evaluateCaptions,
  scoreCaptions,
} from './evaluate/captions/evaluate-captions.js'
export type {
  CaptionItem,
  CaptionMetric,
  CaptionSet,
  CaptionWords,
  MetricScores,
} from './evaluate/metrics/caption-set.js'
export { type CaptionMetricName, captionMetrics } from './evaluate/metrics/index.js'
export { type CaptionTokeniser, type CaptionTokeniserName, captionTokenisers } from './evaluate/tokens/index.js'

// --- Language models: a seam, a client, a journal, a budget

export { type Answered, type AskAllOptions, askAll, type Review } from './llm/ask-all.js'
export type { BatchOptions } from './llm/batches.js'
export {
  type Budget,
  type BudgetOptions,
  createBudget,
  type Reservation,
  type Spent,
  type TokenPrices,
} from './llm/budget.js'
export { type CallFacts, CallFailure, type CallOutlook } from './llm/call-failure.js'
export type { CallPolicy } from './llm/call-policy.js'
export type {
  Ask,
  ChatMessage,
  ChatPart,
  ChatReply,
  ChatRequest,
  RateState,
  ReplySchema,
  Responder,
  ServerLimits,
  TokenUsage,
} from './llm/chat.js'
export { type EstimateOptions, estimateAsks, type JobEstimate } from './llm/estimate.js'
export { type HttpResponderOptions, httpResponder } from './llm/http-responder.js'
export { type Journal, type JournalFound, openJournal } from './llm/journal.js'
export type { JobMeter, OnMeter } from './llm/meter.js'
export {
  type ModelAsking,
  type ModelOptions,
  type ModelSession,
  openModelSession,
} from './llm/model-session.js'
export type { PaceOptions, SharedRate } from './llm/pace.js'
export { openReplyCache, type ReplyCache } from './llm/reply-cache.js'
export type { TokenBoundOptions } from './llm/token-bound.js'

// --- A job cut into parts, for several processes or machines

export { isInPart, type Part, parsePart, partOf, partsOf } from './work/part.js'
export type { PartJob } from './work/part-files.js'
export { type PartTask, type QueueOptions, runParts, type WorkerOptions, work } from './work/queue.js'
export { openSharedRate, type SharedRateConnection, type SharedRateOptions } from './work/shared-rate.js'

// --- Syphus: pairs made of visual annotations

export type { DraftPair } from './syphus/draft-pair.js'
export { type OutputForm, outputForm, pairList, type ReadReply } from './syphus/output-form.js'
export type { SyphusSubject } from './syphus/request.js'
export type { MissingPolicy, SyphusOptions } from './syphus/run/options.js'
export { estimateSyphus, runSyphus, type SyphusSummary } from './syphus/run/run-syphus.js'
export type { ForbiddenText, PairSide, Person, Relation, Task, TaskExample, TaskRules } from './syphus/task.js'
export { tasks } from './syphus/tasks/index.js'

// --- Syphus: judging what a model wrote, and translating it

export {
  type Choice,
  type ColdStartOptions,
  type ColdStartResult,
  coldStart,
  type Reviewer,
} from './syphus/cold-start/cold-start.js'
export {
  type Candidate,
  type ColdStartAction,
  type ColdStartSession,
  decide,
  newSession,
} from './syphus/cold-start/session.js'
export type { Objection, PairAbout } from './syphus/filters/filter.js'
export { type FilterName, filters } from './syphus/filters/index.js'
export {
  createJudge,
  type Judge,
  type JudgeCounts,
  type JudgedPair,
  type JudgeOptions,
  type Verdict,
} from './syphus/filters/judge.js'
export type { ModerationResult, Moderator } from './syphus/filters/moderation.js'
export { type Replacement, readReplacements } from './syphus/replacements/replacement.js'
export { type Glossary, readGlossary } from './syphus/translate/glossary.js'
export type { TranslateOptions } from './syphus/translate/options.js'
export { type LanguageSummary, type TranslateSummary, translateDataset } from './syphus/translate/translate-dataset.js'
