// The moderation that an end point offers beside its chat (OpenAI's `/moderations`), asked as everything else is: each call is
// in the journal before it goes out, no answer is asked for twice, limits and failures are handled as those of the model. It
// costs nothing where it exists; where it does not, that is found out by one call.
import { z } from 'zod'
import { show } from '../base/errors.js'
import { LruCache } from '../base/lru.js'
import { askAll } from './ask-all.js'
import { CallFailure } from './call-failure.js'
import type { ChatReply, Responder } from './chat.js'
import { createEndPoint, type EndPointOptions } from './end-point.js'
import type { Journal } from './journal.js'
import type { PaceOptions } from './pace.js'

/** What a service says of one text. */
export interface ModerationResult {
  readonly flagged: boolean
  /** Names of what it found. */
  readonly categories: readonly string[]
  /** The highest score of a category, where there are scores. */
  readonly score?: number
}

/** A service that judges texts. */
export interface Moderator {
  /** @throws MimicitError when there is no answer */
  moderate(texts: readonly string[]): Promise<readonly ModerationResult[]>
  /** Asks in one call about texts that `moderate` is going to be given. @default each is asked about when it comes */
  ahead?(texts: readonly string[]): Promise<void>
}

/** Which moderation, and how it is asked. */
export interface ModerationOptions extends EndPointOptions {
  /** @default 'omni-moderation-latest' */
  readonly model?: string | undefined
  /** @default nothing is written down */
  readonly journal?: Journal | undefined
  readonly limits?: PaceOptions | undefined
  readonly tries?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What an end point has. */
export type ModerationFound =
  | { readonly moderator: Moderator; readonly model: string }
  /** It has none: what it said. */
  | { readonly moderator: undefined; readonly why: string }

/** The model of OpenAI that is not of a date. */
const MODEL = 'omni-moderation-latest'
/** Anybody may be asked about this. */
const PROBE = 'A brown dog lies on a couch.'
/** Answers of an end point that has no moderation, or none for us. */
const NONE = /^status (400|403|404|405|501)\b/
/** Texts whose results are kept until they are asked for. */
const MOST_KEPT = 1 << 24

const schema = z.object({
  results: z.array(
    z.object({
      flagged: z.boolean(),
      categories: z.record(z.string(), z.boolean().nullable()).default({}),
      category_scores: z.record(z.string(), z.number().nullable()).default({}),
    }),
  ),
})

/**
 * Finds out whether an end point has a moderation, by asking it once.
 * @throws MimicitError MIMICIT_NETWORK if it does not answer or refuses the key, MIMICIT_BAD_REPLY
 */
export async function findModeration(options: ModerationOptions): Promise<ModerationFound> {
  const { model = MODEL } = options
  const ask = moderationCalls(options, model)
  try {
    await ask([PROBE])
  } catch (error) {
    if (!(error instanceof CallFailure) || !NONE.test(error.parts.received)) throw error
    return { moderator: undefined, why: error.parts.received }
  }
  const known = new LruCache<string, ModerationResult>(MOST_KEPT)
  const asked = async (texts: readonly string[]) => {
    const results = await ask(texts)
    for (const [i, text] of texts.entries()) known.set(text, results[i]!, 2 * text.length + 64)
    return new Map(texts.map((text, i) => [text, results[i]!]))
  }
  return {
    model,
    moderator: {
      // What else is known has no part in it: the same texts are the same call, whatever the timing of others.
      async ahead(texts) {
        if (texts.length > 0) await asked([...new Set(texts)])
      },
      async moderate(texts) {
        const open = [...new Set(texts.filter((text) => known.get(text) === undefined))]
        const before = new Map(texts.map((text) => [text, known.get(text)]))
        const fresh = open.length === 0 ? new Map<string, ModerationResult>() : await asked(open)
        return texts.map((text) => (fresh.get(text) ?? before.get(text))!)
      },
    },
  }
}

/** Asks about some texts in one call. */
function moderationCalls(options: ModerationOptions, model: string) {
  const { journal, limits, tries, signal, clock } = options
  const responder = moderationResponder(options, model)
  return async (texts: readonly string[]): Promise<readonly ModerationResult[]> => {
    // A text is a message; what is asked of the same texts is asked once, whatever they belong to.
    const messages = texts.map((content) => ({ role: 'user', content }) as const)
    const asks = [{ id: 'moderation', request: { messages, maxTokens: 1 }, subject: undefined }]
    const common = { responder, journal, limits, signal, clock, policy: { tries } }
    for await (const answered of askAll(asks, common)) {
      if (answered.kind === 'failure') throw answered.failure
      return JSON.parse(answered.reply.text) as ModerationResult[]
    }
    throw new TypeError('one ask has one answer')
  }
}

function moderationResponder(options: EndPointOptions, model: string): Responder {
  const endPoint = createEndPoint(options)
  return {
    name: `moderation ${model}`,
    kind: 'model',
    async respond({ request }, signal): Promise<ChatReply> {
      const input = request.messages.map(({ content }) => content)
      const body = JSON.stringify({ model, input })
      const { text } = await endPoint.call({ method: 'POST', path: '/moderations', body }, signal)
      const results = parseResults(text, input.length, `${endPoint.location}/moderations`)
      return { text: JSON.stringify(results), finish: 'stop', usage: { promptTokens: 0, completionTokens: 0 } }
    },
  }
}

function parseResults(text: string, count: number, where: string): readonly ModerationResult[] {
  try {
    const { results } = schema.parse(JSON.parse(text))
    if (results.length === count) {
      return results.map(({ flagged, categories, category_scores }) => {
        const found = Object.keys(categories).filter((name) => categories[name] === true)
        const scores = Object.values(category_scores).filter((score) => score !== null)
        return { flagged, categories: found.sort(), ...(scores.length > 0 && { score: Math.max(...scores) }) }
      })
    }
  } catch {
    // Told below.
  }
  throw new CallFailure(
    'MIMICIT_BAD_REPLY',
    { expected: `a moderation of ${count} texts`, where, received: show(text) },
    { outlook: 'later', maybePaid: false },
  )
}
