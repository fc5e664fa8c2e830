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

/** The numbers that stood behind task codes in the first weeks. */
const BLOCKS = ['00', '04', '08'] as const

/**
 * Other ids that a picture may have where files of different origin meet: with and without the two-digit block, the bare id
 * of its source (`000000215677` of `LA_IMG_000000215677`), and the prefix `LA` that all of LACONV, LADD and LACR share.
 * @param id that no picture has
 * @param pairId of a pair that names it, for the task
 * @returns the likeliest first
 */
export function otherPictureIds(id: string, pairId: string): string[] {
  const own = parseId(id)
  const task = own?.task ?? parseId(pairId)?.task
  if (task === undefined || own?.kind === 'instruction') return []
  const rest = own?.rest ?? id
  const tasks = [...new Set([task, ...(task.startsWith('LA') ? ['LA'] : [])])]
  const full = tasks.flatMap((each) => [
    `${each}_IMG_${rest}`,
    ...BLOCKS.map((block) => `${each}_${block}_IMG_${rest}`),
  ])
  return [...full, rest].filter((other) => other !== id)
}
