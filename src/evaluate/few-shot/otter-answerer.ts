// Our own model as an answerer. Prompts are written as in its training; generation stops at `<|endofchunk|>`. It is one
// process, so it answers one prompt after the other.
import { fingerprint } from '../../base/hash.js'
import type { ChatReply } from '../../llm/chat.js'
import type { Journal } from '../../llm/journal.js'
import { type AssemblyRules, assemblePrompt } from '../../loader/assemble.js'
import { answerQuery } from '../../otter/answer.js'
import type { Decoding } from '../../otter/generate.js'
import type { Otter } from '../../otter/model.js'
import type { Dataset } from '../../shards/dataset.js'
import { renderTurn } from '../../text/render.js'
import type { Pair } from '../../tuple/tuple.js'
import type { Answerer, ShownPrompt } from './answerer.js'

/** What answers. */
export interface OtterAnswererParts {
  readonly dataset: Dataset
  readonly model: Otter
  /** Names the weights: answers of others are never taken for theirs. */
  readonly weights: string
  readonly rules: AssemblyRules
  /** Template and whatever else makes prompts other prompts, for the name in the journal. */
  readonly form: unknown
  readonly decoding: Omit<Decoding, 'maxNewTokens'>
  readonly journal?: Journal | undefined
  /** Whether its tokens are bytes. */
  readonly bytes: boolean
}

/** So many bytes an English word takes, with its blank. */
const BYTES_PER_WORD = 6

/** Makes the answerer; the model stays the caller's. */
export function otterAnswerer(parts: OtterAnswererParts): Answerer {
  const { dataset, model, weights, rules, form, decoding, journal, bytes } = parts
  const answer = async ({ query, contexts }: ShownPrompt, maxNewTokens: number): Promise<ChatReply> => {
    const question = { ...decoding, dataset, query, contexts, nearest: 'last', rules, maxNewTokens } as const
    const { text, ids, complete, promptTokens } = await answerQuery(model, question)
    const usage = { promptTokens, completionTokens: ids.length }
    return { text, finish: complete ? 'stop' : 'length', usage }
  }
  return {
    asking: {
      responder: {
        name: `otter ${fingerprint({ weights, form, decoding })}`,
        kind: 'model',
        respond: ({ subject, request }) => answer(subject, request.maxTokens),
      },
      journal,
      limits: { concurrency: 1 },
    },
    tokensPerWord: bytes ? BYTES_PER_WORD : 1,
    async write({ query, contexts }, maxNewTokens) {
      const { contextIds } = assemblePrompt(query, contexts, rules, 'last')
      const text = contexts.map((pair) => shown(pair, rules)).join('') + shown({ ...query, response: '' }, rules, true)
      // The pictures by their hashes: the request only has to name what the model sees.
      const pictures = [...contexts, query].flatMap(({ media }) => media)
      const seen = await Promise.all(pictures.map(async (row) => hex((await dataset.media(row)).sha256)))
      return {
        request: { messages: [{ role: 'user', content: [text, ...seen].join('\n') }], maxTokens: maxNewTokens },
        text,
        contextIds,
      }
    },
    close: async () => undefined,
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const MARKS = { image: '<image>', answer: '<answer>', endOfChunk: '<|endofchunk|>' } as const

/** A turn as text; of a question what stands in front of its answer. */
function shown(pair: Pair, { template, cleaning }: AssemblyRules, isQuestion = false): string {
  const { instruction, response, media, mediaPositions } = pair
  const marks =
    mediaPositions === null
      ? ({ kind: 'front', count: pair.mediaKind === 'video' ? Math.min(1, media.length) : media.length } as const)
      : ({ kind: 'inside', positions: mediaPositions } as const)
  let text = ''
  for (const piece of renderTurn(template, { instruction, response, marks }, cleaning)) {
    if (piece.kind === 'text') {
      if (isQuestion && piece.response !== null) return text + piece.text.slice(0, piece.response)
      text += piece.text
    } else text += piece.kind === 'token' ? piece.name : MARKS[piece.kind]
  }
  return text
}
