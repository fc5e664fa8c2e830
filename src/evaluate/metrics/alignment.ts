// Which word of a candidate stands for which of a reference, as METEOR wants it: as many matches as there can be, of these as
// many as there can be of equal words, and of these in the fewest chunks (runs that are neighbours in both). A beam over the
// candidate's words keeps the best states; captions have few words that come twice, so it hardly ever has to choose.

/** Words with their stems. */
export interface StemmedWords {
  readonly words: readonly string[]
  readonly stems: readonly string[]
}

/** How well two texts match. */
export interface Alignment {
  readonly pairs: readonly MatchedWords[]
  readonly chunks: number
}

/** A word of the candidate, and the word of the reference that it stands for. */
export interface MatchedWords {
  readonly from: number
  readonly to: number
  /** The same word, and not only the same stem. */
  readonly exact: boolean
}

/** Matches so far, the last one first: states share what they have in common. */
interface Chain {
  readonly match: MatchedWords
  readonly before: Chain | undefined
}

interface State {
  readonly chain: Chain | undefined
  readonly used: ReadonlySet<number>
  readonly last: number
  /** Whether the candidate's word before was matched: a chunk goes on only then. */
  readonly attached: boolean
  readonly matches: number
  readonly exact: number
  readonly chunks: number
  /** Words that were passed over though they could match, by stem. */
  readonly skipped: ReadonlyMap<string, number>
}

const BEAM = 40
const better = (a: State, b: State) => b.matches - a.matches || b.exact - a.exact || a.chunks - b.chunks
const NOTHING: ReadonlyMap<string, number> = new Map()

/** Aligns a candidate with a reference. */
export function alignment(candidate: StemmedWords, reference: StemmedWords): Alignment {
  const places = placesOf(reference.stems)
  const spare = spareOf(candidate.stems, places)
  let states: State[] = [
    { chain: undefined, used: new Set(), last: -2, attached: false, matches: 0, exact: 0, chunks: 0, skipped: NOTHING },
  ]
  for (const [i, stem] of candidate.stems.entries()) {
    const options = places.get(stem)
    if (options === undefined) {
      states = states.map((state) => ({ ...state, attached: false }))
      continue
    }
    const word = candidate.words[i]!
    const next: State[] = []
    for (const state of states) {
      for (const at of options) if (!state.used.has(at)) next.push(taken(state, i, at, reference.words[at] === word))
      const skips = state.skipped.get(stem) ?? 0
      if (skips < spare.get(stem)!) {
        next.push({ ...state, attached: false, skipped: new Map(state.skipped).set(stem, skips + 1) })
      }
    }
    states = next.length > 1 ? next.sort(better).slice(0, BEAM) : next
  }
  const { chain, chunks } = states.reduce((best, state) => (better(state, best) < 0 ? state : best))
  const pairs: MatchedWords[] = []
  for (let link = chain; link !== undefined; link = link.before) pairs.push(link.match)
  return { pairs: pairs.reverse(), chunks }
}

function taken(state: State, from: number, at: number, exact: boolean): State {
  const goesOn = state.attached && at === state.last + 1
  return {
    ...state,
    chain: { match: { from, to: at, exact }, before: state.chain },
    used: new Set(state.used).add(at),
    last: at,
    attached: true,
    matches: state.matches + 1,
    exact: state.exact + (exact ? 1 : 0),
    chunks: state.chunks + (goesOn ? 0 : 1),
  }
}

function placesOf(stems: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [at, stem] of stems.entries()) {
    const known = places.get(stem)
    if (known === undefined) places.set(stem, [at])
    else known.push(at)
  }
  return places
}

/** How many words of each stem the candidate has beyond the reference: so many, and no more, stay without a match. */
function spareOf(stems: readonly string[], places: ReadonlyMap<string, readonly number[]>): Map<string, number> {
  const spare = new Map<string, number>()
  for (const stem of stems) {
    const there = places.get(stem)
    if (there !== undefined) spare.set(stem, (spare.get(stem) ?? -there.length) + 1)
  }
  return spare
}
