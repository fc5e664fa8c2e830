// What is asked of a language model and what comes back, in the terms of the chat-completions protocol; and whoever
// answers: a server, or rules that need no server. Nothing behind this seam knows which of them it was.

/** A piece of a message that has pictures. */
export type ChatPart =
  | { readonly type: 'text'; readonly text: string }
  /** The encoded picture, sent as a data URL. */
  | { readonly type: 'image'; readonly bytes: Uint8Array; readonly mimeType: string }

/** A turn of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string | readonly ChatPart[]
}

/** The form that an answer must have, for servers that can be held to one. */
export interface ReplySchema {
  /** Letters, digits, `_` and `-`. */
  readonly name: string
  /** A JSON Schema (draft 2020-12). */
  readonly schema: Readonly<Record<string, unknown>>
}

/** One call. */
export interface ChatRequest {
  readonly messages: readonly ChatMessage[]
  /** Most tokens of the reply; what a budget reserves. */
  readonly maxTokens: number
  /** @default the server's */
  readonly temperature?: number
  /** @default the server's */
  readonly topP?: number
  readonly stop?: readonly string[]
  readonly schema?: ReplySchema
  /** Tells apart several answers to the same request: without it, the same request has one answer. @default none is sent */
  readonly seed?: number
}

/** Tokens of one call, as the server counts them. */
export interface TokenUsage {
  readonly promptTokens: number
  readonly completionTokens: number
}

/** An answer. */
export interface ChatReply {
  readonly text: string
  /** Why it ended: by itself, cut at `maxTokens`, or refused by the server's content policy. */
  readonly finish: 'stop' | 'length' | 'content-filter'
  readonly usage: TokenUsage
}

/** Something to ask, and what it is about. */
export interface Ask<Subject = unknown> {
  /** Names the ask within its job: stable between runs, not given twice. */
  readonly id: string
  readonly request: ChatRequest
  /** What the request was made from: rules answer from it, a server never sees it. */
  readonly subject: Subject
}

/** Whoever answers. */
export interface Responder<Subject = unknown> {
  /** Of the model, or of the rules with their version; stands in the journal and in the provenance. */
  readonly name: string
  /** `rules` = made without a model, and marked so in whatever is made of it. */
  readonly kind: 'model' | 'rules'
  /**
   * Tries once; `askAll` tries again.
   * @throws MimicitError when there is no answer: a CallFailure says whether another try is worth it; MIMICIT_ABORTED when
   * the signal says so
   */
  respond(ask: Ask<Subject>, signal: AbortSignal): Promise<ChatReply>
  /** What the server said of its limits since the last time it was asked for. */
  heard?(): ServerLimits | undefined
}

/** How much a server takes, as its answers tell. */
export interface ServerLimits {
  readonly requests?: RateState
  readonly tokens?: RateState
}

/** The state of one limit. */
export interface RateState {
  /** What is left right now. */
  readonly remaining: number
  /** What comes back in a second. */
  readonly perSecond: number
}
