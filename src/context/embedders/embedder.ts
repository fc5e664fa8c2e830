// What turns texts and pictures into vectors whose cosine tells how alike they are. A new one is a
// file beside this one and a line in registry.ts.
import type { Dataset } from '../../shards/dataset.js'

/** Vectors for texts. */
export interface TextEmbedder {
  readonly kind: 'text'
  readonly dimensions: number
  /** Everything that changes its vectors; goes into provenance and into the plan of a loader. */
  readonly identity: string
  /** Texts that are embedded at once. */
  readonly batch: number
  /** Learns what it needs of all texts, which are given once, before any is embedded. */
  fit?(texts: AsyncIterable<string>): Promise<void>
  /** @returns float32 [texts, dimensions]; of any length, what is compared is the direction */
  embed(texts: readonly string[]): Promise<Float32Array>
}

/** Vectors for pictures. */
export interface PictureEmbedder {
  readonly kind: 'image'
  readonly dimensions: number
  readonly identity: string
  readonly batch: number
  /** @param where names each picture, for messages. @returns float32 [pictures, dimensions] */
  embed(pictures: readonly { readonly bytes: Uint8Array; readonly where: string }[]): Promise<Float32Array>
  close?(): Promise<void>
}

/** Either. */
export type Embedder = TextEmbedder | PictureEmbedder
/** What an embedder is for. */
export type EmbedderKind = Embedder['kind']

/** Makes an embedder; `argument` is what stands after the colon of its name. */
export type EmbedderMaker = (argument: string, dataset: Dataset) => Promise<Embedder>
