// A text that a table is given as a place: it lies in a file of this machine as a string of JSON, and whoever encodes the
// row group fetches it from there. Text that goes from one file into another is never a string of JavaScript then: making
// it, handing it to another thread and encoding it again cost more than its compression.

/** Where a text lies. */
export interface TextPlace {
  readonly path: string
  /** Of the byte behind the opening quote. */
  readonly offset: number
  /** To the closing quote; valid UTF-8 that ends no string before. */
  readonly byteLength: number
  /** Length of the text in UTF-16 code units, as a string of JavaScript would have it. */
  readonly units: number
  /** Whether its bytes are the text: nothing in it is escaped. */
  readonly isPlain: boolean
}

/** A text at hand, or where it lies. */
export type Text = string | TextPlace

/** Its length in UTF-16 code units. */
export const textUnits = (text: Text): number => (typeof text === 'string' ? text.length : text.units)
