// The tuple of the MIMIC-IT paper (arXiv 2306.05425, section 3): d_q = (I_q, R_q, X_q, C_psi(I_q, X_q)).
// A pair is (I, R, X) as it is stored; a context is what C_psi chose for it.

/** What kind of visuals a pair has: none, one or more images, or the frames of one video in time order. */
export type MediaKind = 'none' | 'images' | 'video'

/** The split of a pair, where its source names one. */
export type Split = 'train' | 'validation' | 'test'

/** One instruction-response pair with its visuals: (I, R, X). */
export interface Pair {
  /** Unique in the data set: `LA_INS_000000215677_0`. */
  readonly id: string
  /** The subset (task) it belongs to: `LA`, `CGD`, `DC`. */
  readonly subset: string
  /** Null where the source names no split. */
  readonly split: Split | null
  /** BCP 47 tag: `en`, `zh`. */
  readonly language: string
  /** I: what is asked. */
  readonly instruction: string
  /** R: the answer (file key `answer`). */
  readonly response: string
  readonly mediaKind: MediaKind
  /** X: rows of the media table, in role or time order. */
  readonly media: readonly number[]
  /** The ids by which the source names them; for people. */
  readonly mediaIds: readonly string[]
  /** Where each picture stands inside the instruction, in UTF-16 code units; null = in front of the text. */
  readonly mediaPositions: readonly number[] | null
  /** Seconds at which each frame was taken, where known. */
  readonly mediaTimes: readonly number[] | null
  /** Whatever else the source said, as a JSON object; null = nothing. */
  readonly metadata: string | null
}

/** One picture: X holds one or more of these. */
export interface Media {
  /** Every id that names these bytes; the first is canonical. */
  readonly ids: readonly string[]
  /** The original bytes, untouched. */
  readonly bytes: Uint8Array
  /** Pixels as a person sees the picture (EXIF orientation applied). */
  readonly width: number
  readonly height: number
  /** Container format: `jpeg`, `png`, `webp`. */
  readonly format: string
  /** The video clip this frame belongs to, or null. */
  readonly clip: string | null
  /** Seconds from the start of the clip, or null. */
  readonly frameTime: number | null
  /** SHA-256 of `bytes`, 32 bytes. */
  readonly sha256: Uint8Array
}

/** What C_psi gave for one query. */
export interface ContextRow {
  /** Row of the query in the pairs table. */
  readonly query: number
  /** Rows of its in-context examples, in the order of the selection. */
  readonly contexts: readonly number[]
  /** One score a context where the function gives scores (higher = nearer), else null. */
  readonly scores: readonly number[] | null
}
