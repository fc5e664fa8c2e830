// A person at a page who looks at candidates one by one. The search asks the desk as it would ask a terminal; the page sees the
// state of the desk and answers. An answer names the question that it is for, so that a second click, or a second window,
// never decides about a candidate that nobody has looked at.
import { MimicitError } from '../../base/errors.js'
import type { Choice, ColdStartResult, Removal, Reviewer } from '../../syphus/cold-start/cold-start.js'
import { type Candidate, type ColdStartSession, pairsOf } from '../../syphus/cold-start/session.js'
import type { Task } from '../../syphus/task.js'
import type { ColdStartPhase, ColdStartView } from '../wire.js'

/** What a page may answer. */
export type DeskAnswer = Choice | { readonly kind: 'next-round' } | { readonly kind: 'finish' }

/** A desk. */
export interface ReviewDesk {
  readonly reviewer: Reviewer
  /** How things stand, now and whenever that changes; ends with the search. */
  views(signal: AbortSignal): AsyncGenerator<ColdStartView>
  /**
   * An answer to the question of that number.
   * @throws MimicitError MIMICIT_BAD_VALUE if another one is being asked, or the answer does not fit it
   */
  answer(question: number, answer: DeskAnswer): void
  /** The candidate of the question of that number, while it is asked and for two questions more: pages ask for its pictures. */
  candidate(question: number): Candidate | undefined
  /** The search is over: tells every page, and waits until all of them have heard it. */
  end(result: ColdStartResult | Error): Promise<void>
}

/** Candidates of the last questions that pages may still ask of: a person who decides by key is faster than a picture. */
const KEPT = 3

/** The question that is open. */
type Open =
  | { readonly kind: 'candidate'; readonly settle: (choice: Choice) => void }
  | { readonly kind: 'round-done'; readonly settle: (more: boolean | Removal) => void }

/**
 * Sets one up.
 * @param signal whoever started the search stops it: what was decided stays, and nothing else is asked
 */
export function reviewDesk(task: Task, signal?: AbortSignal): ReviewDesk {
  let open: Open | undefined
  let question = 0
  const shown = new Map<number, Candidate>()
  let failed: ColdStartView['failed'] = []
  let view: ColdStartView = {
    ...{ task: task.name, title: task.title, round: 0, waiting: 0, examples: [], failed },
    phase: { kind: 'working' },
  }
  const waiting = new Set<() => void>()
  let listeners = 0
  let quiet: (() => void) | undefined

  const show = (session: ColdStartSession | undefined, phase: ColdStartPhase) => {
    view = { ...view, failed, ...(session && knownOf(session, task)), phase }
    for (const tell of [...waiting]) tell()
  }
  /** Puts a question, which is answered once; `stopped` is what comes of it when the search is stopped meanwhile. */
  const ask = <T>(make: (settle: (answer: T) => void) => Open, stopped: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      const stop = () => {
        open = undefined
        try {
          resolve(stopped())
        } catch (error) {
          reject(error)
        }
      }
      if (signal?.aborted) return stop()
      signal?.addEventListener('abort', stop, { once: true })
      question++
      open = make((answer) => {
        signal?.removeEventListener('abort', stop)
        open = undefined
        show(undefined, { kind: 'working' })
        resolve(answer)
      })
    })

  const reviewer: Reviewer = {
    review(candidate, session) {
      const asked = ask<Choice>(
        (settle) => ({ kind: 'candidate', settle }),
        () => ({ kind: 'stop' }),
      )
      shown.set(question, candidate)
      for (const earlier of shown.keys()) if (earlier <= question - KEPT) shown.delete(earlier)
      show(session, { kind: 'candidate', question, candidate: shownCandidate(candidate, task) })
      return asked
    },
    nextRound(session) {
      // Nobody has said that the search is over: what was decided stays, and the examples are not written.
      const stopped = () => {
        throw aborted()
      }
      const asked = ask<boolean | Removal>((settle) => ({ kind: 'round-done', settle }), stopped)
      show(session, { kind: 'round-done', question })
      return asked
    },
    told(proposal) {
      failed = proposal.failed
    },
  }

  return {
    reviewer,
    async *views(left) {
      listeners++
      try {
        let last: ColdStartView | undefined
        while (!left.aborted) {
          if (view === last) {
            await changed(waiting, left)
            continue
          }
          last = view
          yield last
          if (last.phase.kind === 'ended') return
        }
      } finally {
        listeners--
        if (listeners === 0) quiet?.()
      }
    },
    answer(asked, given) {
      if (open === undefined || asked !== question) {
        throw misfit('an answer to the question that is open', `one to question ${asked}`)
      }
      if (given.kind === 'remove' && !view.examples.some(({ annotation }) => annotation === given.annotation)) {
        throw misfit('the annotation of a chosen example', given.annotation)
      }
      if (open.kind === 'candidate') open.settle(choiceOf(given, task))
      else open.settle(moreOf(given))
    },
    candidate: (asked) => shown.get(asked),
    async end(result) {
      open = undefined
      if (result instanceof Error) show(undefined, { kind: 'ended', finished: false, out: null, error: result.message })
      else {
        const { session, finished, out } = result
        show(session, { kind: 'ended', finished, out, error: null })
      }
      if (listeners === 0) return
      await new Promise<void>((resolve) => {
        quiet = resolve
      })
    },
  }
}

/** What may be said of a candidate; an edit has the form of the task before it is taken. */
function choiceOf(given: DeskAnswer, task: Task): Choice {
  if (given.kind === 'next-round' || given.kind === 'finish') throw misfit('a decision about a candidate', given.kind)
  if (given.kind === 'edit') pairsOf(task.output, given.reply)
  return given
}

/** What may be said when a round is over. */
function moreOf(given: DeskAnswer): boolean | Removal {
  if (given.kind === 'remove') return given
  if (given.kind === 'next-round' || given.kind === 'finish') return given.kind === 'next-round'
  throw misfit('another round, or the end', given.kind)
}

const knownOf = ({ round, open, examples }: ColdStartSession, task: Task) => ({
  round,
  waiting: open.length,
  examples: examples.map(({ annotation, reply }) => ({ annotation, pairs: shownPairs(reply, task) })),
})

const shownCandidate = ({ annotation, user, reply, objections, visuals }: Candidate, task: Task) => ({
  ...{ annotation, user, reply, objections, pairs: shownPairs(reply, task) },
  mediaIds: visuals?.mediaIds ?? [],
})

const shownPairs = (reply: unknown, task: Task) =>
  pairsOf(task.output, reply).map(({ instruction, response }) => ({ instruction, response }))

function changed(waiting: Set<() => void>, left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      waiting.delete(go)
      left.removeEventListener('abort', go)
      resolve()
    }
    waiting.add(go)
    left.addEventListener('abort', go, { once: true })
  })
}

const misfit = (expected: string, received: string) =>
  new MimicitError('MIMICIT_BAD_VALUE', { expected, where: 'the review of candidates', received })

const aborted = () =>
  new MimicitError('MIMICIT_ABORTED', {
    expected: 'an answer',
    where: 'the review of candidates',
    received: 'a signal to stop before one came',
    hint: 'Every decision is kept; the same command goes on.',
  })
