// Rows of a JPEG's components to rows of red, green and blue: the exact integers of libjpeg's triangle filter for chroma at
// half resolution, and of its colour conversion.

/**
 * Brings one chroma row to the resolution of luma.
 * @param near the row that holds the pixel, `far` the neighbour in the direction that the pixel lies; the same where chroma
 * is not halved vertically
 * @param width samples of the chroma row
 * @param sums room for width + 32 int16
 * @param isLower of two rows that a chroma row gives
 */
export function upsample(
  near: usize,
  far: usize,
  width: i32,
  target: usize,
  sums: usize,
  halvedAcross: bool,
  halvedDown: bool,
  isLower: bool,
): void {
  if (!halvedAcross && !halvedDown) {
    memory.copy(target, near, <usize>width)
    return
  }
  const line = sums + 16
  const three = i16x8.splat(3)
  for (let x: i32 = 0; x < width; x += 8) {
    const a = v128.load_ext<u8>(near + <usize>x)
    const b = v128.load_ext<u8>(far + <usize>x)
    v128.store(line + (<usize>x << 1), halvedDown ? i16x8.add(i16x8.mul(a, three), b) : a)
  }
  if (!halvedAcross) {
    const bias = i16x8.splat(isLower ? 2 : 1)
    for (let x: i32 = 0; x < width; x += 16) {
      const a = i16x8.shr_u(i16x8.add(v128.load(line + (<usize>x << 1)), bias), 2)
      const b = i16x8.shr_u(i16x8.add(v128.load(line + (<usize>x << 1), 16), bias), 2)
      v128.store(target + <usize>x, i8x16.narrow_i16x8_u(a, b))
    }
    return
  }
  // Beyond its ends the row goes on with the samples at its ends.
  store<u16>(line - 2, load<u16>(line))
  store<u16>(line + (<usize>width << 1), load<u16>(line + (<usize>(width - 1) << 1)))
  const shift: i32 = halvedDown ? 4 : 2
  const left = i16x8.splat(halvedDown ? 8 : 1)
  const right = i16x8.splat(halvedDown ? 7 : 2)
  for (let x: i32 = 0; x < width; x += 8) {
    const at = line + (<usize>x << 1)
    const weighted = i16x8.mul(v128.load(at), three)
    const even = i16x8.shr_u(i16x8.add(i16x8.add(weighted, v128.load(at - 2)), left), shift)
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(weighted, v128.load(at + 2)), right), shift)
    v128.store(target + (<usize>x << 1), v128.or(even, i16x8.shl(odd, 8)))
  }
}

/** Writes `width` pixels as rows of red, green and blue, `plane` bytes apart. */
export function toColours(luma: usize, blue: usize, red: usize, width: i32, target: usize, plane: usize): void {
  const half = i16x8.splat(128)
  const rounding = i32x4.splat(32768)
  // 1.402, 0.34414, 0.71414 and 1.772 in 16 bits after the point, whole multiples of the difference taken out.
  const toRed = i32x4.splat(26345 << 16)
  const toGreen = i32x4.splat((-22554 & 0xffff) | (18734 << 16))
  const toBlue = i32x4.splat(-14942 & 0xffff)
  for (let x: i32 = 0; x < width; x += 8) {
    const y = v128.load_ext<u8>(luma + <usize>x)
    const b = i16x8.sub(v128.load_ext<u8>(blue + <usize>x), half)
    const r = i16x8.sub(v128.load_ext<u8>(red + <usize>x), half)
    const low = v128.shuffle<u16>(b, r, 0, 8, 1, 9, 2, 10, 3, 11)
    const high = v128.shuffle<u16>(b, r, 4, 12, 5, 13, 6, 14, 7, 15)
    const redPart = i16x8.add(r, rounded(low, high, toRed, rounding))
    const greenPart = i16x8.sub(rounded(low, high, toGreen, rounding), r)
    const bluePart = i16x8.add(i16x8.shl(b, 1), rounded(low, high, toBlue, rounding))
    const redGreen = i8x16.narrow_i16x8_u(i16x8.add(y, redPart), i16x8.add(y, greenPart))
    const justBlue = i8x16.narrow_i16x8_u(i16x8.add(y, bluePart), y)
    v128.store_lane<u64>(target + <usize>x, redGreen, 0)
    v128.store_lane<u64>(target + plane + <usize>x, redGreen, 1)
    v128.store_lane<u64>(target + plane * 2 + <usize>x, justBlue, 0)
  }
}

@inline
function rounded(low: v128, high: v128, factors: v128, rounding: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(low, factors), rounding), 16),
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(high, factors), rounding), 16),
  )
}
