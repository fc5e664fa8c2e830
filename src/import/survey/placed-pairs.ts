// Pairs that are looked at together: what the survey has to know of each of them, without making anything of it. A pair that
// is not usual (a picture is missing or has another name, the id is empty) is looked at by itself, as every other pair.
import type { PairRun, PairVisuals } from '../../shards/pair-run.js'
import { parseId } from '../../tuple/ids.js'
import { isLanguageTag } from '../../tuple/languages.js'
import { subsetPreset } from '../../tuple/subsets.js'
import type { PlacedPairs } from '../source.js'
import type { PictureSurvey } from './pictures.js'
import type { PairDefaults } from './resolve-pair.js'

/** A usual pair: its subset, and the rows of its visuals. */
export interface UsualPair {
  readonly subset: string
  readonly media: readonly number[]
}

const NO_MEDIA: readonly number[] = []

/** Looks at pairs of runs; undefined for those that are to be looked at by themselves. */
export function createUsualPairs(pictures: PictureSurvey, { subset: told, language }: PairDefaults) {
  const isSound = isLanguageTag(language) && told !== ''
  const subsetOf = createSubsets()
  return (pairs: PlacedPairs, index: number): UsualPair | undefined => {
    if (!isSound) return undefined
    const named = subsetOf(pairs, index)
    if (named === null) return undefined
    const count = pairs.mediaCount(index)
    const media = count === 0 ? NO_MEDIA : rowsOf(pairs, index, count, pictures)
    return media && { subset: told ?? named ?? pairs.told.subset ?? 'unnamed', media }
  }
}

function rowsOf(pairs: PlacedPairs, index: number, count: number, pictures: PictureSurvey) {
  const rows: number[] = []
  for (let n = 0; n < count; n++) {
    const row = pictures.rowOfHash(...pairs.mediaHash(index, n))
    if (row === undefined) return undefined
    rows.push(row)
  }
  return rows
}

/** The subset that the id of a pair names, null for an id without a letter; most begin as the one before. */
function createSubsets() {
  let head: Uint8Array | undefined
  let task: string | undefined
  return (pairs: PlacedPairs, index: number): string | null | undefined => {
    // What is behind the same head does not change what is in it.
    if (head !== undefined && pairs.idBegins(index, head)) return task
    const id = pairs.idOf(index)
    if (id === '') return null
    const parts = parseId(id)
    head = parts && Buffer.from(id.slice(0, id.length - parts.rest.length))
    task = parts?.task
    return task
  }
}

/** Pairs of a stretch at most: what was told of progress is written soon. */
const MOST = 128

/** Pairs that are written together: they follow each other and have one subset. */
export class PairStretch {
  readonly #pairs: PlacedPairs
  readonly #from: number
  readonly #subset: string
  readonly #lengths: number[] = []
  readonly #media: number[] = []

  constructor(pairs: PlacedPairs, from: number, first: UsualPair) {
    this.#pairs = pairs
    this.#from = from
    this.#subset = first.subset
    this.takes(first)
  }

  /** Takes the next pair of the run if it goes with those before it. */
  takes({ subset, media }: UsualPair): boolean {
    if (subset !== this.#subset || this.#lengths.length === MOST) return false
    this.#lengths.push(media.length)
    for (const row of media) this.#media.push(row)
    return true
  }

  run(language: string): PairRun {
    const to = this.#from + this.#lengths.length
    return {
      ...this.#pairs.run(this.#from, to),
      subset: this.#subset,
      language,
      mediaKind: this.#pairs.told.mediaKind ?? subsetPreset(this.#subset).mediaKind,
      visuals: this.#media.length === 0 ? undefined : this.#visuals(to),
    }
  }

  #visuals(to: number): PairVisuals {
    const media = { lengths: Uint32Array.from(this.#lengths), numbers: Int32Array.from(this.#media) }
    return { media, names: this.#pairs.mediaSpans(this.#from, to) }
  }
}
