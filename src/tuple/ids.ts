// Ids of MIMIC-IT: `<TASK>[_<NN>]_INS_<rest>` and `<TASK>[_<NN>]_IMG_<rest>`; the two-digit block is of the first weeks
// of June 2023 only. Ids are told apart, never taken apart further: YouTube ids contain both `-` and `_`.

/** The parts of an id that mean something. */
export interface IdParts {
  /** The task code: `LA`, `LACR_T2T`, `CGD`. */
  readonly task: string
  /** `instruction` for `_INS_`, `image` for `_IMG_`. */
  readonly kind: 'instruction' | 'image'
  /** What comes after. */
  readonly rest: string
}

const ID = /^([A-Za-z][A-Za-z0-9_]*?)(?:_\d{2})?_(INS|IMG)_(.+)$/

/** The parts of an id, or undefined for one that does not follow the pattern. */
export function parseId(id: string): IdParts | undefined {
  const match = ID.exec(id)
  if (match === null) return undefined
  return { task: match[1]!, kind: match[2] === 'INS' ? 'instruction' : 'image', rest: match[3]! }
}
