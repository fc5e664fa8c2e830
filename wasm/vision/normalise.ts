// Decoded pixels as a model wants them: bytes to floats, and channels apart or together. Sixteen pixels at a time; what is
// beyond the last is written as well.

@inline
function redOf(a: v128, b: v128, c: v128): v128 {
  const some = v128.shuffle<u8>(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0)
  return v128.shuffle<u8>(some, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29)
}

@inline
function greenOf(a: v128, b: v128, c: v128): v128 {
  const some = v128.shuffle<u8>(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0)
  return v128.shuffle<u8>(some, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30)
}

@inline
function blueOf(a: v128, b: v128, c: v128): v128 {
  const some = v128.shuffle<u8>(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0)
  return v128.shuffle<u8>(some, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31)
}

@inline
function affine(levels: v128, scale: v128, shift: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(levels), scale), shift)
}

/** Sixteen bytes as floats, `level * scale + shift`; the factors of four at a time take turns. */
@inline
function floats(bytes: v128, target: usize, s0: v128, t0: v128, s1: v128, t1: v128, s2: v128, t2: v128): void {
  const low = i16x8.extend_low_i8x16_u(bytes)
  const high = i16x8.extend_high_i8x16_u(bytes)
  v128.store(target, affine(i32x4.extend_low_i16x8_u(low), s0, t0))
  v128.store(target, affine(i32x4.extend_high_i16x8_u(low), s1, t1), 16)
  v128.store(target, affine(i32x4.extend_low_i16x8_u(high), s2, t2), 32)
  v128.store(target, affine(i32x4.extend_high_i16x8_u(high), s0, t0), 48)
}

/**
 * Floats by channel.
 * @param factors float32 [6]: scale of red, green and blue, then what is added
 * @param plane pixels from one channel to the next, at least `pixels` rounded up to sixteen
 */
export function floatPlanes(rgb: usize, pixels: i32, factors: usize, target: usize, plane: usize): void {
  const sr = v128.load_splat<u32>(factors)
  const sg = v128.load_splat<u32>(factors, 4)
  const sb = v128.load_splat<u32>(factors, 8)
  const tr = v128.load_splat<u32>(factors, 12)
  const tg = v128.load_splat<u32>(factors, 16)
  const tb = v128.load_splat<u32>(factors, 20)
  for (let i: i32 = 0; i < pixels; i += 16) {
    const a = v128.load(rgb)
    const b = v128.load(rgb, 16)
    const c = v128.load(rgb, 32)
    floats(redOf(a, b, c), target, sr, tr, sr, tr, sr, tr)
    floats(greenOf(a, b, c), target + plane * 4, sg, tg, sg, tg, sg, tg)
    floats(blueOf(a, b, c), target + plane * 8, sb, tb, sb, tb, sb, tb)
    rgb += 48
    target += 64
  }
}

/** Floats by pixel. */
export function floatPixels(rgb: usize, pixels: i32, factors: usize, target: usize): void {
  const r = load<f32>(factors)
  const g = load<f32>(factors, 4)
  const b = load<f32>(factors, 8)
  const dr = load<f32>(factors, 12)
  const dg = load<f32>(factors, 16)
  const db = load<f32>(factors, 20)
  // Four floats begin with red, then with green, then with blue.
  const s0 = f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(r), 1, g), 2, b)
  const s1 = f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(g), 1, b), 2, r)
  const s2 = f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(b), 1, r), 2, g)
  const t0 = f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(dr), 1, dg), 2, db)
  const t1 = f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(dg), 1, db), 2, dr)
  const t2 = f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(db), 1, dr), 2, dg)
  for (let i: i32 = 0; i < pixels; i += 16) {
    floats(v128.load(rgb), target, s0, t0, s1, t1, s2, t2)
    floats(v128.load(rgb, 16), target + 64, s1, t1, s2, t2, s0, t0)
    floats(v128.load(rgb, 32), target + 128, s2, t2, s0, t0, s1, t1)
    rgb += 48
    target += 192
  }
}

/** Bytes by channel. */
export function bytePlanes(rgb: usize, pixels: i32, target: usize, plane: usize): void {
  for (let i: i32 = 0; i < pixels; i += 16) {
    const a = v128.load(rgb)
    const b = v128.load(rgb, 16)
    const c = v128.load(rgb, 32)
    v128.store(target, redOf(a, b, c))
    v128.store(target + plane, greenOf(a, b, c))
    v128.store(target + plane * 2, blueOf(a, b, c))
    rgb += 48
    target += 16
  }
}
