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
  /** Gives back what it holds. */
  close?(): Promise<void>
}

/** Vectors for pictures. */
export interface PictureEmbedder {
  readonly kind: 'image'
  readonly dimensions: number
  readonly identity: string
  readonly batch: number
  /** `where` names each picture, for messages. @returns float32 [pictures, dimensions] */
  embed(pictures: readonly { readonly bytes: Uint8Array; readonly where: string }[]): Promise<Float32Array>
  /** Gives back what it holds. */
  close?(): Promise<void>
}

/** Vectors that were made elsewhere, by id. */
export interface VectorTable {
  readonly kind: 'table'
  readonly dimensions: number
  readonly identity: string
  /** Where it lies, for messages. */
  readonly where: string
  /** Vectors that it has. */
  readonly rows: number
  /** @returns the id of a pair or a picture with each vector, float32 [dimensions] */
  vectors(): AsyncIterable<{ readonly id: string; readonly vector: Float32Array }>
  /** Gives back what it holds. */
  close?(): Promise<void>
}

/** What is compared: instructions or visuals. */
export type EmbedderKind = 'text' | 'image'
/** Any of them; a table is for whatever it is used for. */
export type Embedder = TextEmbedder | PictureEmbedder | VectorTable

/**
 * Makes an embedder.
 * @param argument what stands after the colon of its name
 * @param kind what it is to be used for
 */
export type EmbedderMaker = (argument: string, dataset: Dataset, kind: EmbedderKind) => Promise<Embedder>
