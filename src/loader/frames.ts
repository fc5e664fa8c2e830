// Which frames of a video a slot gets: indices only, in time order. A new way is one line in `frameSamplings`.
import { MimicitError } from '../base/errors.js'

/** Names of the ways to choose frames. */
export type FrameSamplingName = 'linspace' | 'otter' | 'uniform' | 'centre' | 'fps'

/** How frames are chosen. */
export interface FrameRules {
  readonly frames: FrameSamplingName
  /** Frames of a video at most. */
  readonly maxFrames: number
  /** Of `fps`. */
  readonly framesPerSecond: number
}

/** A video before its frames are read. */
export interface FrameTimes {
  /** Frames there are, one or more. */
  readonly count: number
  /** Seconds at which each was taken, rising; null = not known. */
  readonly times: readonly number[] | null
  /** For the message. */
  readonly where: string
}

/** Chooses frames of a video: indices that never fall. */
export type FrameSampling = (video: FrameTimes, rules: FrameRules) => readonly number[]

/** Every way by name. */
export const frameSamplings: Readonly<Record<FrameSamplingName, FrameSampling>> = {
  /** Evenly from the first to the last, floored; all frames where they are no more than may be. */
  linspace: ({ count }, { maxFrames }) => (count <= maxFrames ? upTo(count) : resampleFrames(count, maxFrames)),
  /** The same, but always `maxFrames`: frames of a short video stand several times (Otter's training code). */
  otter: ({ count }, { maxFrames }) => resampleFrames(count, maxFrames),
  /** The frame in the middle of each of `maxFrames` even parts. */
  uniform: ({ count }, { maxFrames }) =>
    count <= maxFrames ? upTo(count) : upTo(maxFrames).map((i) => Math.floor(((i + 0.5) * count) / maxFrames)),
  /** Neighbours around the middle, at the rate they were taken. */
  centre: ({ count }, { maxFrames }) => {
    const taken = Math.min(count, maxFrames)
    return upTo(taken).map((i) => ((count - taken) >> 1) + i)
  },
  /** `framesPerSecond` from the first frame on, by the times of the frames, until there are `maxFrames`. */
  fps({ times, where }, { maxFrames, framesPerSecond }) {
    if (times === null) {
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: 'frames whose times are known, for `frames: fps`',
        where,
        received: 'frames without times',
        hint: 'Choose frames by another rule (linspace, uniform, centre), or import with times.',
      })
    }
    const chosen: number[] = []
    // What is due is counted, not added up: a sum of parts of a second drifts.
    times.forEach((time, i) => {
      const due = times[0]! + chosen.length / framesPerSecond
      if (chosen.length < maxFrames && time >= due - 1e-6) chosen.push(i)
    })
    return chosen
  },
}

/** `count` frame indices out of n, evenly spaced from 0 to n-1 and floored (Otter's frame sampling). */
export function resampleFrames(n: number, count: number): number[] {
  if (count === 1) return [0]
  return upTo(count).map((i) => Math.floor((i * (n - 1)) / (count - 1)))
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)
