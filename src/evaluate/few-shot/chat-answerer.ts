// A model behind an OpenAI-compatible end point as an answerer: examples are turns of a conversation, each with its pictures.
import { LruCache } from '../../base/lru.js'
import type { ChatMessage, ChatPart } from '../../llm/chat.js'
import type { Dataset } from '../../shards/dataset.js'
import type { Pair } from '../../tuple/tuple.js'
import type { Answerer } from './answerer.js'

/** Pictures that are kept, because the same examples are shown to many questions. */
const KEPT_BYTES = 128e6

/** Makes the answerer. Its session is the caller's, and stays open. */
export function chatAnswerer(dataset: Dataset, asking: Answerer['asking']): Answerer {
  const kept = new LruCache<number, Uint8Array>(KEPT_BYTES)
  const picture = async (row: number): Promise<Uint8Array> => {
    const known = kept.get(row)
    if (known !== undefined) return known
    const bytes = await dataset.picture(row)
    kept.set(row, bytes, bytes.byteLength)
    return bytes
  }
  const asked = async (pair: Pair): Promise<ChatMessage> => {
    const pictures = pair.media.map(async (row): Promise<ChatPart> => {
      const { format } = await dataset.media(row)
      return { type: 'image', bytes: await picture(row), mimeType: `image/${format}` }
    })
    return { role: 'user', content: [...(await Promise.all(pictures)), { type: 'text', text: pair.instruction }] }
  }
  return {
    asking,
    async write({ query, contexts }, maxNewTokens) {
      const messages: ChatMessage[] = []
      for (const pair of contexts) {
        messages.push(await asked(pair), { role: 'assistant', content: pair.response })
      }
      messages.push(await asked(query))
      const text = [...contexts, query]
        .map((pair) => `${'<image>'.repeat(pair.media.length)}User: ${pair.instruction}`)
        .map((line, i) =>
          i < contexts.length ? `${line}\nAssistant: ${contexts[i]!.response}` : `${line}\nAssistant:`,
        )
        .join('\n')
      return {
        request: { messages, maxTokens: maxNewTokens, temperature: 0, stop: ['<|endofchunk|>'] },
        text,
        contextIds: contexts.map(({ id }) => id),
      }
    },
    close: async () => undefined,
  }
}
