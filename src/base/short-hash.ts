// SHA-256 of short texts without a hash object, which costs several times what a block or two of SHA-256 do: an id index
// hashes each of millions of ids.

const K = new Int32Array(64)
const START = new Int32Array(8)
/** The first primes' roots, as FIPS 180-4 (sections 4.2.2 and 5.3.3) has them. */
for (let n = 2, found = 0; found < 64; n++) {
  let isPrime = true
  for (let d = 2; d * d <= n; d++) isPrime &&= n % d !== 0
  if (!isPrime) continue
  if (found < 8) START[found] = (Math.sqrt(n) % 1) * 4294967296
  K[found++] = (Math.cbrt(n) % 1) * 4294967296
}

/** Texts up to here are hashed here; UTF-8 makes three bytes of a unit at most. */
const MOST_UNITS = 149
const block = Buffer.alloc(512)
const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
const W = new Int32Array(64)
const H = new Int32Array(8)

/** Whether `shortHash` takes a text. */
export const isShort = (text: string): boolean => text.length <= MOST_UNITS

/**
 * The first 64 bits of the SHA-256 of a short text's UTF-8.
 * @returns two unsigned numbers of 32 bits, big-endian
 */
export function shortHash(text: string): readonly [high: number, low: number] {
  const length = block.write(text, 0, 'utf8')
  const blocks = (length + 9 + 63) >> 6
  block[length] = 0x80
  block.fill(0, length + 1, blocks * 64 - 4)
  block.writeUInt32BE(length * 8, blocks * 64 - 4)
  H.set(START)
  for (let at = 0; at < blocks * 64; at += 64) mix(at)
  return [H[0]! >>> 0, H[1]! >>> 0]
}

function mix(at: number): void {
  for (let t = 0; t < 16; t++) W[t] = view.getInt32(at + 4 * t)
  for (let t = 16; t < 64; t++) {
    const x = W[t - 15]!
    const y = W[t - 2]!
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    W[t] = (W[t - 16]! + s0 + W[t - 7]! + s1) | 0
  }
  let a = H[0]!
  let b = H[1]!
  let c = H[2]!
  let d = H[3]!
  let e = H[4]!
  let f = H[5]!
  let g = H[6]!
  let h = H[7]!
  for (let t = 0; t < 64; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[t]! + W[t]!) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  H[0]! += a
  H[1]! += b
  H[2]! += c
  H[3]! += d
  H[4]! += e
  H[5]! += f
  H[6]! += g
  H[7]! += h
}
