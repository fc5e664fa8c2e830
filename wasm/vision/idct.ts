// Inverse cosine transform of a block, dequantised on the way: the exact integers of libjpeg-turbo's accurate method
// (jidctint: constants of 13 bits, 2 more bits kept between the passes), with products gathered by input, so that one
// instruction multiplies two inputs of four columns.

/** Two constants for `i32x4.dot_i16x8_s`, one for each of two interleaved rows. */
@inline
export function two(a: i32, b: i32): v128 {
  return i32x4.splat((a & 0xffff) | (b << 16))
}

@inline
export function low(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
}

@inline
export function high(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
}

@inline
export function narrow(a: v128, b: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(a, shift), i32x4.shr_s(b, shift))
}

@inline
export function row(block: usize, quants: usize, index: usize): v128 {
  return i16x8.mul(v128.load(block + index * 16), v128.load(quants + index * 16))
}

/**
 * Writes a block of 8 x 8 samples and zeroes its coefficients.
 * @param block int16 [8,8] in natural order, 16-byte aligned
 * @param quants int16 [8,8] in natural order
 * @returns false for coefficients that no picture of 8 bits has
 */
export function inverseTransform(block: usize, quants: usize, target: usize, stride: usize): bool {
  let r0 = row(block, quants, 0)
  let r1 = row(block, quants, 1)
  let r2 = row(block, quants, 2)
  let r3 = row(block, quants, 3)
  let r4 = row(block, quants, 4)
  let r5 = row(block, quants, 5)
  let r6 = row(block, quants, 6)
  let r7 = row(block, quants, 7)
  const zero = i64x2.splat(0)
  for (let i: usize = 0; i < 128; i += 16) v128.store(block + i, zero)

  const isSound = !v128.any_true(i16x8.gt_u(i16x8.abs(r0), i16x8.splat(8191)))

  let shift: i32 = 11
  for (let pass: i32 = 0; pass < 2; pass++) {
    const half = i32x4.splat(1 << (shift - 1))

    // Sums of 16 bits wrap where libjpeg-turbo's do.
    const sum = i16x8.add(r0, r4)
    const difference = i16x8.sub(r0, r4)
    const z3 = i16x8.add(r7, r3)
    const z4 = i16x8.add(r5, r1)

    let top = i32x4.add(i32x4.shr_s(low(zero, sum), 3), half)
    let pair = low(r2, r6)
    let inner = i32x4.dot_i16x8_s(pair, two(10703, 4433))
    let t10 = i32x4.add(top, inner)
    let t13 = i32x4.sub(top, inner)
    top = i32x4.add(i32x4.shr_s(low(zero, difference), 3), half)
    inner = i32x4.dot_i16x8_s(pair, two(4433, -10704))
    let t11 = i32x4.add(top, inner)
    let t12 = i32x4.sub(top, inner)
    pair = low(z3, z4)
    let y3 = i32x4.dot_i16x8_s(pair, two(-6436, 9633))
    let y4 = i32x4.dot_i16x8_s(pair, two(9633, 6437))
    pair = low(r7, r1)
    let d0 = i32x4.add(i32x4.dot_i16x8_s(pair, two(-4927, -7373)), y3)
    let d3 = i32x4.add(i32x4.dot_i16x8_s(pair, two(-7373, 4926)), y4)
    pair = low(r5, r3)
    let d1 = i32x4.add(i32x4.dot_i16x8_s(pair, two(-4176, -20995)), y4)
    let d2 = i32x4.add(i32x4.dot_i16x8_s(pair, two(-20995, 4177)), y3)
    const l0 = i32x4.add(t10, d3)
    const l7 = i32x4.sub(t10, d3)
    const l1 = i32x4.add(t11, d2)
    const l6 = i32x4.sub(t11, d2)
    const l2 = i32x4.add(t12, d1)
    const l5 = i32x4.sub(t12, d1)
    const l3 = i32x4.add(t13, d0)
    const l4 = i32x4.sub(t13, d0)

    top = i32x4.add(i32x4.shr_s(high(zero, sum), 3), half)
    pair = high(r2, r6)
    inner = i32x4.dot_i16x8_s(pair, two(10703, 4433))
    t10 = i32x4.add(top, inner)
    t13 = i32x4.sub(top, inner)
    top = i32x4.add(i32x4.shr_s(high(zero, difference), 3), half)
    inner = i32x4.dot_i16x8_s(pair, two(4433, -10704))
    t11 = i32x4.add(top, inner)
    t12 = i32x4.sub(top, inner)
    pair = high(z3, z4)
    y3 = i32x4.dot_i16x8_s(pair, two(-6436, 9633))
    y4 = i32x4.dot_i16x8_s(pair, two(9633, 6437))
    pair = high(r7, r1)
    d0 = i32x4.add(i32x4.dot_i16x8_s(pair, two(-4927, -7373)), y3)
    d3 = i32x4.add(i32x4.dot_i16x8_s(pair, two(-7373, 4926)), y4)
    pair = high(r5, r3)
    d1 = i32x4.add(i32x4.dot_i16x8_s(pair, two(-4176, -20995)), y4)
    d2 = i32x4.add(i32x4.dot_i16x8_s(pair, two(-20995, 4177)), y3)
    r0 = narrow(l0, i32x4.add(t10, d3), shift)
    r7 = narrow(l7, i32x4.sub(t10, d3), shift)
    r1 = narrow(l1, i32x4.add(t11, d2), shift)
    r6 = narrow(l6, i32x4.sub(t11, d2), shift)
    r2 = narrow(l2, i32x4.add(t12, d1), shift)
    r5 = narrow(l5, i32x4.sub(t12, d1), shift)
    r3 = narrow(l3, i32x4.add(t13, d0), shift)
    r4 = narrow(l4, i32x4.sub(t13, d0), shift)

    // Columns become rows, and rows columns again after the second pass.
    const a0 = low(r0, r1)
    const a1 = high(r0, r1)
    const a2 = low(r2, r3)
    const a3 = high(r2, r3)
    const a4 = low(r4, r5)
    const a5 = high(r4, r5)
    const a6 = low(r6, r7)
    const a7 = high(r6, r7)
    const b0 = v128.shuffle<u32>(a0, a2, 0, 4, 1, 5)
    const b1 = v128.shuffle<u32>(a0, a2, 2, 6, 3, 7)
    const b2 = v128.shuffle<u32>(a1, a3, 0, 4, 1, 5)
    const b3 = v128.shuffle<u32>(a1, a3, 2, 6, 3, 7)
    const b4 = v128.shuffle<u32>(a4, a6, 0, 4, 1, 5)
    const b5 = v128.shuffle<u32>(a4, a6, 2, 6, 3, 7)
    const b6 = v128.shuffle<u32>(a5, a7, 0, 4, 1, 5)
    const b7 = v128.shuffle<u32>(a5, a7, 2, 6, 3, 7)
    r0 = v128.shuffle<u64>(b0, b4, 0, 2)
    r1 = v128.shuffle<u64>(b0, b4, 1, 3)
    r2 = v128.shuffle<u64>(b1, b5, 0, 2)
    r3 = v128.shuffle<u64>(b1, b5, 1, 3)
    r4 = v128.shuffle<u64>(b2, b6, 0, 2)
    r5 = v128.shuffle<u64>(b2, b6, 1, 3)
    r6 = v128.shuffle<u64>(b3, b7, 0, 2)
    r7 = v128.shuffle<u64>(b3, b7, 1, 3)
    shift = 18
  }

  const level = i16x8.splat(128)
  const s01 = i8x16.narrow_i16x8_u(i16x8.add(r0, level), i16x8.add(r1, level))
  const s23 = i8x16.narrow_i16x8_u(i16x8.add(r2, level), i16x8.add(r3, level))
  const s45 = i8x16.narrow_i16x8_u(i16x8.add(r4, level), i16x8.add(r5, level))
  const s67 = i8x16.narrow_i16x8_u(i16x8.add(r6, level), i16x8.add(r7, level))
  v128.store_lane<u64>(target, s01, 0)
  v128.store_lane<u64>(target + stride, s01, 1)
  v128.store_lane<u64>(target + stride * 2, s23, 0)
  v128.store_lane<u64>(target + stride * 3, s23, 1)
  v128.store_lane<u64>(target + stride * 4, s45, 0)
  v128.store_lane<u64>(target + stride * 5, s45, 1)
  v128.store_lane<u64>(target + stride * 6, s67, 0)
  v128.store_lane<u64>(target + stride * 7, s67, 1)
  return isSound
}

/** Writes 8 x 8 samples of a block that has nothing but a DC coefficient, given dequantised. */
export function flatBlock(dc: i32, target: usize, stride: usize): void {
  const value = ((<i32>(<i16>(dc << 2)) + 16) >> 5) + 128
  const sample = <u64>(value < 0 ? 0 : value > 255 ? 255 : value) * 0x0101010101010101
  for (let y: usize = 0; y < 8; y++) store<u64>(target + y * stride, sample)
}
