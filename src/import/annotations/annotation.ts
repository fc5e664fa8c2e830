// What is known of a picture, a few pictures or a clip before there is any instruction about it: captions, objects with
// their boxes, moments. Pairs are made of these; they are no pairs.
import type { MediaKind } from '../../tuple/tuple.js'

/** A sentence about one visual, or about all of them together. */
export interface VisualCaption {
  readonly text: string
  /** The visual it is about; null = all of them. */
  readonly mediaId: string | null
}

/** Left, top, right, bottom as shares of width and height, from 0 to 1. */
export type NormalisedBox = readonly [left: number, top: number, right: number, bottom: number]

/** A thing in a picture. */
export interface VisualObject {
  readonly category: string
  readonly box: NormalisedBox
  readonly mediaId: string
  /** The box is around many of its kind. */
  readonly crowd: boolean
}

/** A moment of a clip. */
export interface VisualSegment {
  readonly startSeconds: number
  readonly endSeconds: number
  readonly text: string
}

/** What else a set says of one visual. */
export interface MediaNote {
  readonly mediaId: string
  readonly title: string | null
  readonly tags: readonly string[]
}

/** Everything that a set says of one picture, a few pictures that belong together, or one clip. */
export interface VisualAnnotation {
  /** Not given twice by one reading of a set. */
  readonly id: string
  readonly mediaKind: Exclude<MediaKind, 'none'>
  /** Pictures in role or time order, or the clip. */
  readonly mediaIds: readonly string[]
  /** Of an album. */
  readonly title: string | null
  readonly description: string | null
  /** Seconds of the video that it is about, where that is a part of it. */
  readonly span?: readonly [from: number, to: number]
  /** Of a clip. */
  readonly durationSeconds: number | null
  readonly captions: readonly VisualCaption[]
  readonly objects: readonly VisualObject[]
  /** In the order of the set, which need not be that of time; they may overlap. */
  readonly segments: readonly VisualSegment[]
  readonly notes: readonly MediaNote[]
  /** What was said of it and cannot be, such as boxes outside of the picture: left out of the rest. */
  readonly faults?: readonly string[]
}

/** An annotation of which only some parts are known. */
export function annotation(
  parts: Pick<VisualAnnotation, 'id' | 'mediaKind' | 'mediaIds'> & Partial<VisualAnnotation>,
): VisualAnnotation {
  const nothing = { title: null, description: null, durationSeconds: null }
  return { ...nothing, captions: [], objects: [], segments: [], notes: [], ...parts }
}
