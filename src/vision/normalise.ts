// Pixels as the model wants them: planes instead of interleaved colours, and the mean and deviation of CLIP's training.

/** CLIP's own numbers (OpenAI, as in Hugging Face CLIPImageProcessor), per channel R, G, B, on [0, 1]. */
export const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073] as const
export const CLIP_STD = [0.26862954, 0.26130258, 0.27577711] as const

const tables = [0, 1, 2].map((channel) =>
  Float32Array.from({ length: 256 }, (_, level) => (level / 255 - CLIP_MEAN[channel]!) / CLIP_STD[channel]!),
)

/** Writes uint8 [H,W,3] as normalised float32 planes [3,H,W] into `target` at `offset`. */
export function writeNormalised(rgb: Uint8Array, target: Float32Array, offset: number): void {
  const plane = rgb.length / 3
  for (let channel = 0; channel < 3; channel++) {
    const table = tables[channel]!
    let at = offset + channel * plane
    for (let i = channel; i < rgb.length; i += 3) target[at++] = table[rgb[i]!]!
  }
}

/** Writes uint8 [H,W,3] as uint8 planes [3,H,W] into `target` at `offset`. */
export function writePlanes(rgb: Uint8Array, target: Uint8Array, offset: number): void {
  const plane = rgb.length / 3
  for (let channel = 0; channel < 3; channel++) {
    let at = offset + channel * plane
    for (let i = channel; i < rgb.length; i += 3) target[at++] = rgb[i]!
  }
}
