// Which frames of a video are taken: by the time at which each is shown, never by its number, so that a rate of 29.97 or
// one that changes drifts nowhere.

/** Frames a second, or how many in all, evenly spread. */
export type FrameRate = { readonly fps: number } | { readonly frames: number }

/** Of times that are computed. */
const ROUNDING = 1e-6

/**
 * The frames that are on the screen at the wanted moments: `fps` wants 0, 1/fps, 2/fps, ... and `frames` the centres of
 * that many equal parts. A frame that is wanted twice is taken once.
 * @param times seconds at which each frame begins, ascending
 * @returns indices into `times`, ascending
 */
export function pickFrames(times: readonly number[], rate: FrameRate): number[] {
  const first = times[0]
  if (first === undefined) return []
  const last = times[times.length - 1]!
  // The last frame stays as long as the others do on average.
  const length = times.length === 1 ? 0 : ((last - first) * times.length) / (times.length - 1)
  const count = 'frames' in rate ? rate.frames : Math.max(1, Math.ceil(length * rate.fps - ROUNDING))
  const picked: number[] = []
  let at = 0
  for (let k = 0; k < count; k++) {
    const wanted = first + ('frames' in rate ? ((k + 0.5) * length) / count : k / rate.fps)
    while (at + 1 < times.length && times[at + 1]! <= wanted + ROUNDING) at++
    if (picked[picked.length - 1] !== at) picked.push(at)
  }
  return picked
}
