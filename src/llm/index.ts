// Language models: a seam, a client, a journal, a budget.
// What `import … from 'mimicit/llm'` gives; what is not listed here may change in any release.
export { type Answered, type AskAllOptions, askAll, type Review } from './ask-all.js'
export type { BatchOptions } from './batches.js'
export {
  type Budget,
  type BudgetOptions,
  createBudget,
  type Reservation,
  type Spent,
  type TokenPrices,
} from './budget.js'
export { type CallFacts, CallFailure, type CallOutlook } from './call-failure.js'
export type { CallPolicy } from './call-policy.js'
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
} from './chat.js'
export { type EstimateOptions, estimateAsks, type JobEstimate } from './estimate.js'
export { type HttpResponderOptions, httpResponder } from './http-responder.js'
export { type Journal, type JournalFound, openJournal } from './journal.js'
export type { JobMeter, OnMeter } from './meter.js'
export {
  type ModelAsking,
  type ModelOptions,
  type ModelSession,
  openModelSession,
} from './model-session.js'
export {
  findModeration,
  type ModerationFound,
  type ModerationOptions,
  type ModerationResult,
  type Moderator,
} from './moderation.js'
export type { PaceOptions, SharedRate } from './pace.js'
export { openReplyCache, type ReplyCache } from './reply-cache.js'
export type { TokenBoundOptions } from './token-bound.js'
