// What a form cannot hold, counted while it is left out: an export never loses anything in silence.

/** Something that an export left out. */
export interface Loss {
  /** What it is: "the language, where it is not en". */
  readonly what: string
  /** How often. */
  readonly count: number
  /** Ids of the first of them. */
  readonly examples: readonly string[]
}

const EXAMPLES = 3

/** Losses of one export. */
export class Losses {
  readonly #found = new Map<string, { count: number; examples: string[] }>()

  /** Counts one or more. @param id of the pair or picture */
  add(what: string, id: string, count = 1): void {
    const loss = this.#found.get(what) ?? { count: 0, examples: [] }
    loss.count += count
    if (loss.examples.length < EXAMPLES) loss.examples.push(id)
    this.#found.set(what, loss)
  }

  /** Every kind, in the order in which they came up. */
  summary(): Loss[] {
    return [...this.#found].map(([what, loss]) => ({ what, ...loss }))
  }
}
