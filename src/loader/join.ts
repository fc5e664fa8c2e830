// Planned samples joined with what their rows are made of: their own turns and those of the contexts that the plan gives them.
// Where steps were cut by lengths that was planned before; elsewhere it is planned here, over the turns themselves.
import { allSettled } from '../base/all-settled.js'
import { MimicitError } from '../base/errors.js'
import { emptyAnswer } from '../text/tokenise.js'
import { subsetPreset } from '../tuple/subsets.js'
import { plan } from './plan/plan.js'
import type { PlannedSample } from './plan/planned.js'
import type { Source } from './source.js'
import { planRules, turnIndex } from './turn-index.js'
import type { TurnSource } from './turn-source.js'
import type { SampleTurn } from './turns.js'

/** A sample whose turns are at hand. */
export interface JoinedSample {
  readonly query: SampleTurn
  /** In the order in which they stand in front of it. */
  readonly contexts: readonly SampleTurn[]
  /** Media rows of its slots, each once. */
  readonly media: readonly number[]
  /** Tokens its row was planned to have; undefined where nothing was planned by lengths. */
  readonly tokens: number | undefined
}

/** Joins samples, each of which may fail on its own. */
export type Join = (planned: readonly PlannedSample[]) => Promise<readonly PromiseSettledResult<JoinedSample>[]>

/**
 * @param turns of each source
 * @param goOn throws where nothing more is to begin
 */
export function createJoin(sources: readonly Source[], turns: readonly TurnSource[], goOn: () => void): Join {
  const empty = sources.map(({ rules }) => emptyAnswer(rules))
  /** The turns that a sample may have, the candidates of its query chosen among. */
  const gather = async ({ source: at, row, epoch, content }: PlannedSample) => {
    if (content?.fault !== undefined) throw content.fault
    const source = sources[at]!
    const query = await turns[at]!.get(row)
    goOn()
    checkAnswer(query, empty[at]!)
    const nearest = source.nearest ?? subsetPreset(query.subset).nearest
    const rows = content?.contexts ?? source.choose(await source.candidatesOf(row), row, nearest, epoch)
    const contexts = await allSettled(rows.map((context) => turns[at]!.get(context)))
    goOn()
    return { query, nearest, rows, contexts }
  }

  return async (planned) => {
    const gathered = await Promise.allSettled(planned.map(gather))
    goOn()
    return gathered.map((one, i) => {
      if (one.status === 'rejected') return one
      const { query, nearest, rows, contexts } = one.value
      const { source: at, row, epoch, content } = planned[i]!
      if (content !== undefined) {
        return { status: 'fulfilled', value: { query, contexts, media: content.media, tokens: content.tokens } }
      }
      const turnOf = new Map([[row, query], ...rows.map((context, c) => [context, contexts[c]!] as const)])
      const { rules, settings, orderOf } = sources[at]!
      const index = turnIndex([{ row, contexts: rows, nearest }], (one) => turnOf.get(one)!, rules)
      const made = plan(index, planRules(rules, settings.shots, orderOf(epoch))).content([row])
      const kept = Array.from(made.contexts, (context) => turnOf.get(context)!)
      return { status: 'fulfilled', value: { query, contexts: kept, media: Array.from(made.media), tokens: undefined } }
    })
  }
}

/** @throws MimicitError MIMICIT_BAD_RECORD for a query that has nothing to learn */
function checkAnswer({ id, marked: { ids, answer, close } }: SampleTurn, empty: Int32Array): void {
  const isEmpty = close - answer === empty.length && empty.every((blank, i) => ids[answer + i] === blank)
  if (!isEmpty) return
  throw new MimicitError('MIMICIT_BAD_RECORD', {
    expected: 'a response',
    where: `pair ${id}`,
    received: 'an empty text',
    hint: "Leave it out with `mimicit filter`, or set onBadSample to 'substitute'.",
  })
}
