// Media layouts: how the visuals of a turn become media slots. A slot is what one `<image>` stands for; it holds one
// picture or the frames of a video. A new layout is one line in `mediaLayouts`.
import type { MediaLayoutName } from '../tuple/subsets.js'

/** Rows of the media table, slot by slot. */
export type Slots = readonly (readonly number[])[]

/**
 * A layout: the slots of one turn.
 * @param choose which of so many frames of a video are taken
 */
export type MediaLayout = (media: readonly number[], choose: (count: number) => readonly number[]) => Slots

const aSlotEach: MediaLayout = (media) => media.map((row) => [row])
const oneSlot: MediaLayout = (media) => (media.length === 0 ? [] : [media])

/** Every layout by name. */
export const mediaLayouts: Readonly<Record<MediaLayoutName, MediaLayout>> = {
  /** Each turn brings its own pictures, each under a mark of its own. */
  'in-context': aSlotEach,
  /** The same with each mark where its picture stands in the instruction (OBELICS, MMC4); in front where none is known. */
  interleaved: aSlotEach,
  /** Rounds of one conversation: the same pictures stand once, in front of the first round. */
  'multi-turn': aSlotEach,
  /** The two pictures of a pair under a mark each. */
  'pair-as-images': aSlotEach,
  /** The two pictures of a pair as two frames under one mark (Otter's training code). */
  'pair-as-frames': oneSlot,
  /** One mark for the video, with those of its frames that are chosen. */
  video: (media, choose) => (media.length === 0 ? [] : [choose(media.length).map((frame) => media[frame]!)]),
  /** No marks, no pictures. */
  'text-only': () => [],
}
