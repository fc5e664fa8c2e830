// The search for in-context examples as a state machine: candidates are proposed, a person accepts, edits or rejects them one
// by one, and what was chosen leads the next round. Pure: who shows it, and where it is kept, is decided elsewhere, so a
// terminal and a page share it.
import { MimicitError, show } from '../../base/errors.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import type { DraftPair } from '../draft-pair.js'
import type { OutputForm } from '../output-form.js'
import type { TaskExample } from '../task.js'

/** What a model made of one annotation, before anybody has looked at it. */
export interface Candidate extends TaskExample {
  /** Id of the annotation. */
  readonly annotation: string
  /** What it is about; searches of earlier versions do not have it. */
  readonly visuals?: Pick<VisualAnnotation, 'mediaKind' | 'mediaIds' | 'span'>
  /** What filters say against its pairs, as sentences. */
  readonly objections: readonly string[]
}

/** What a person decided about a candidate. */
export type Decision = 'accepted' | 'edited' | 'rejected'

/** A decision that was made. */
export interface ReviewedCandidate {
  readonly round: number
  readonly annotation: string
  readonly decision: Decision
  /** Why, in the person's words, where they gave any. */
  readonly reason?: string
  /** The reply as the model gave it. */
  readonly proposed: unknown
  /** Annotations of the examples that it was shown. */
  readonly shown: readonly string[]
}

/** An example that was chosen. */
export interface ChosenExample extends TaskExample {
  readonly annotation: string
}

/** Everything that is known of the search; JSON holds it. */
export interface ColdStartSession {
  readonly version: 1
  readonly task: string
  /** From 0. */
  readonly round: number
  /** Candidates of this round that wait for a decision; the first is the one in hand. */
  readonly open: readonly Candidate[]
  readonly examples: readonly ChosenExample[]
  readonly history: readonly ReviewedCandidate[]
  /** Annotations that were proposed, or of which nothing came. */
  readonly seen: readonly string[]
}

/** Something that happens. */
export type ColdStartAction =
  // `tried`: every annotation that was asked about, whatever came of it.
  | { readonly kind: 'propose'; readonly candidates: readonly Candidate[]; readonly tried: readonly string[] }
  | { readonly kind: 'accept' }
  | { readonly kind: 'edit'; readonly reply: unknown }
  | { readonly kind: 'reject'; readonly reason?: string }
  /** An example that was chosen earlier is none any more. */
  | { readonly kind: 'remove'; readonly annotation: string }
  | { readonly kind: 'next-round' }

/** A search that has not begun. */
export const newSession = (task: string): ColdStartSession => ({
  ...{ version: 1, task, round: 0, open: [], examples: [], history: [], seen: [] },
})

/**
 * What follows from an action.
 * @throws MimicitError MIMICIT_BAD_VALUE for an action that does not fit, or an edit without the form of the task
 */
export function decide(
  session: ColdStartSession,
  action: ColdStartAction,
  form: Pick<OutputForm, 'read'>,
): ColdStartSession {
  switch (action.kind) {
    case 'propose':
      if (session.open.length > 0) throw misfit('no candidate that waits', `${session.open.length} that do`)
      return { ...session, open: action.candidates, seen: [...session.seen, ...action.tried] }
    case 'accept':
      return choose(session, inHand(session).reply, 'accepted')
    case 'edit':
      pairsOf(form, action.reply)
      return choose(session, action.reply, 'edited')
    case 'reject':
      return reviewed(session, 'rejected', session.examples, action.reason)
    case 'remove': {
      const examples = session.examples.filter(({ annotation }) => annotation !== action.annotation)
      if (examples.length === session.examples.length)
        throw misfit('the annotation of a chosen example', action.annotation)
      return { ...session, examples }
    }
    case 'next-round':
      if (session.open.length > 0) throw misfit('no candidate that waits', `${session.open.length} that do`)
      return { ...session, round: session.round + 1 }
    default:
      return action satisfies never
  }
}

/** The pairs of a reply. @throws MimicitError MIMICIT_BAD_VALUE if it does not have the form */
export function pairsOf(form: Pick<OutputForm, 'read'>, reply: unknown): readonly DraftPair[] {
  const read = form.read(reply)
  if ('pairs' in read && read.pairs.length > 0) return read.pairs
  throw misfit('a reply in the form of the task', 'fault' in read ? read.fault : show(reply))
}

function inHand({ open: [first] }: ColdStartSession): Candidate {
  if (first === undefined) throw misfit('a candidate that waits', 'none')
  return first
}

function choose(session: ColdStartSession, reply: unknown, decision: Decision): ColdStartSession {
  const { annotation, user } = inHand(session)
  return reviewed(session, decision, [...session.examples, { annotation, user, reply }], undefined)
}

function reviewed(
  session: ColdStartSession,
  decision: Decision,
  examples: readonly ChosenExample[],
  reason: string | undefined,
): ColdStartSession {
  const { annotation, reply } = inHand(session)
  const entry: ReviewedCandidate = {
    ...{ round: session.round, annotation, decision, proposed: reply },
    // Those of this round were not shown yet.
    shown: session.examples.filter((one) => !inRound(session, one.annotation)).map((one) => one.annotation),
    ...(reason !== undefined && reason !== '' && { reason }),
  }
  return { ...session, open: session.open.slice(1), examples, history: [...session.history, entry] }
}

const inRound = ({ history, round }: ColdStartSession, annotation: string) =>
  history.some((entry) => entry.round === round && entry.annotation === annotation)

const misfit = (expected: string, received: string) =>
  new MimicitError('MIMICIT_BAD_VALUE', { expected, where: 'the search for examples', received })
