// The name of a request by its content: whoever asks the same of the same model gets the answer that is there already.
import { sha256Hex, stableJson } from '../base/hash.js'
import type { ChatRequest } from './chat.js'

/** A request as the journal writes it: pictures by the hash of their bytes. */
export type CanonicalRequest = Readonly<Record<string, unknown>>

/** The request with its pictures by hash. */
export function canonicalRequest({ messages, ...rest }: ChatRequest): CanonicalRequest {
  return {
    messages: messages.map(({ role, content }) => ({
      role,
      content:
        typeof content === 'string'
          ? content
          : content.map((part) =>
              part.type === 'text'
                ? { type: part.type, text: part.text }
                : { type: part.type, mimeType: part.mimeType, sha256: sha256Hex(part.bytes) },
            ),
    })),
    ...rest,
  }
}

/** SHA-256 over the responder's name and the request, 64 hex digits. */
export function requestKey(responder: string, request: CanonicalRequest): string {
  return sha256Hex(stableJson({ responder, request }))
}
