// Hashes and the one way to write JSON that is hashed.
import crypto, { createHash, type Hash } from 'node:crypto'

/** Hashes without making a hash object, which costs as much as 2 KB of data; since Node 20.12 and 21.7. */
const oneShot: typeof crypto.hash | undefined = crypto.hash

/** SHA-256 of bytes or UTF-8 text, as 64 hex digits. */
export function sha256Hex(data: Uint8Array | string): string {
  return oneShot?.('sha256', data, 'hex') ?? createHash('sha256').update(data).digest('hex')
}

/** SHA-256 of bytes, as 32 bytes. */
export function sha256(data: Uint8Array): Uint8Array {
  return oneShot?.('sha256', data, 'buffer') ?? createHash('sha256').update(data).digest()
}

/** A streaming SHA-256. */
export function sha256Stream(): Hash {
  return createHash('sha256')
}

/** JSON with the keys of every object sorted: equal values give equal text. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner) || ArrayBuffer.isView(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  })
}

/** The first 16 hex digits of the SHA-256 of a value's stable JSON: a short fingerprint. */
export function fingerprint(value: unknown): string {
  return sha256Hex(stableJson(value)).slice(0, 16)
}
