// Asks for the tests of the room.
import type { Ask, ChatRequest } from '../../src/llm/chat.js'

/** A request with one message. */
export const request = (text: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: 'user', content: text }],
  maxTokens: 64,
  ...more,
})

/** So many different asks. */
export function* someAsks(count: number, more: Partial<ChatRequest> = {}): Generator<Ask> {
  for (let i = 0; i < count; i++) yield { id: `ask-${i}`, request: request(`what is number ${i}`, more), subject: i }
}

/** All that an iterable gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** Patience without waits to speak of. */
export const quick = { backoffMs: 1, maxBackoffMs: 5 }
