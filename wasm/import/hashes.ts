// Hashes of ids that lie in memory as ASCII.

// Unknown to whoever made the data; see src/import/survey/hash-table.ts.
let seedA: u32 = 0
let seedB: u32 = 0

/** Seeds of `textHash`. */
export function seedHashes(a: u32, b: u32): void {
  seedA = a
  seedB = b
}

/** `textHash` of src/import/survey/hash-table.ts: its first half is the upper one. */
export function textHash(at: usize, end: usize): u64 {
  let a: u32 = 0xdeadbeef ^ seedA
  let b: u32 = 0x41c6ce57 ^ seedB
  for (; at < end; at++) {
    const unit = <u32>load<u8>(at)
    a = (a ^ unit) * 0x9e3779b1
    b = (b ^ unit) * 0x5f356495
    a ^= b >> 15
  }
  a = ((a ^ (a >> 16)) * 0x85ebca6b) ^ ((b ^ (b >> 13)) * 0xc2b2ae35)
  b = ((b ^ (b >> 16)) * 0x85ebca6b) ^ ((a ^ (a >> 13)) * 0xc2b2ae35)
  return (<u64>(a ^ (a >> 16)) << 32) | <u64>(b ^ (b >> 16))
}

/** Bytes of a block of SHA-256, and of its schedule. */
const BLOCK: usize = 64
const SCHEDULE: usize = 64 * 4
// FIPS 180-4, section 4.2.2.
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
])
const schedule: usize = memory.data(64 * 4)
const last: usize = memory.data(2 * 64)

let h0: u32 = 0
let h1: u32 = 0
let h2: u32 = 0
let h3: u32 = 0
let h4: u32 = 0
let h5: u32 = 0
let h6: u32 = 0
let h7: u32 = 0

/** The first 64 bits of a SHA-256, as they are written. */
export function shortHash(at: usize, length: usize): u64 {
  h0 = 0x6a09e667
  h1 = 0xbb67ae85
  h2 = 0x3c6ef372
  h3 = 0xa54ff53a
  h4 = 0x510e527f
  h5 = 0x9b05688c
  h6 = 0x1f83d9ab
  h7 = 0x5be0cd19
  const bits = <u64>length << 3
  for (; length >= BLOCK; length -= BLOCK) {
    mix(at)
    at += BLOCK
  }
  const padded = length < BLOCK - 8 ? BLOCK : 2 * BLOCK
  memory.copy(last, at, length)
  memory.fill(last + length, 0, padded - length)
  store<u8>(last + length, 0x80)
  store<u64>(last + padded - 8, bswap<u64>(bits))
  mix(last)
  if (padded > BLOCK) mix(last + BLOCK)
  return (<u64>h0 << 32) | <u64>h1
}

function mix(at: usize): void {
  for (let t: usize = 0; t < BLOCK; t += 4) store<u32>(schedule + t, bswap<u32>(load<u32>(at + t)))
  for (let t = BLOCK; t < SCHEDULE; t += 4) {
    const w = schedule + t
    const x = load<u32>(w - 15 * 4)
    const y = load<u32>(w - 2 * 4)
    const s0 = rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3)
    const s1 = rotr<u32>(y, 17) ^ rotr<u32>(y, 19) ^ (y >> 10)
    store<u32>(w, load<u32>(w - 16 * 4) + s0 + load<u32>(w - 7 * 4) + s1)
  }
  let a = h0
  let b = h1
  let c = h2
  let d = h3
  let e = h4
  let f = h5
  let g = h6
  let h = h7
  for (let t: usize = 0; t < SCHEDULE; t += 4) {
    const s1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + load<u32>(K + t) + load<u32>(schedule + t)
    const s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22)
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c))
    h = g
    g = f
    f = e
    e = d + t1
    d = c
    c = b
    b = a
    a = t1 + t2
  }
  h0 += a
  h1 += b
  h2 += c
  h3 += d
  h4 += e
  h5 += f
  h6 += g
  h7 += h
}
