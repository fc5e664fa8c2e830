// Finding in-context examples with a person: a round asks about a few annotations, the person decides about each candidate,
// and what they chose is shown to the model in the next round, until they are satisfied.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { MimicitError } from '../../base/errors.js'
import { pick } from '../../base/options.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import { type AnnotationSetName, annotationSets } from '../../import/annotations/index.js'
import { openScratch } from '../../io/spill.js'
import type { Responder } from '../../llm/chat.js'
import type { OnMeter } from '../../llm/meter.js'
import { type ModelOptions, type OnJournalFound, openModelSession } from '../../llm/model-session.js'
import { rulesResponder } from '../by-rule/responder.js'
import { chosenFilters } from '../filters/judge.js'
import type { JudgingOptions } from '../filters/judging.js'
import { PROMPT_SETTINGS, type SyphusSubject } from '../request.js'
import { chosenAnnotations } from '../run/annotations.js'
import type { Task } from '../task.js'
import { taskOf } from '../task-of.js'
import { type Proposal, propose } from './propose.js'
import { type Candidate, type ColdStartAction, type ColdStartSession, decide, newSession } from './session.js'
import { readSession, writeExamples, writeSession } from './session-file.js'

/** What a person says about the candidate in hand. */
export type Choice =
  | Extract<ColdStartAction, { kind: 'accept' | 'edit' | 'reject' }>
  | Removal
  | { readonly kind: 'stop' }

/** An example that was chosen is taken back. */
export type Removal = Extract<ColdStartAction, { kind: 'remove' }>

/** A person, however they are asked. */
export interface Reviewer {
  /** Decides about a candidate. */
  review(candidate: Candidate, session: ColdStartSession, task: Task): Promise<Choice>
  /** All candidates of a round were decided about: whether there is to be another one. */
  nextRound(session: ColdStartSession, task: Task): Promise<boolean | Removal>
  /** Is told of what could not be proposed. */
  told?(proposal: Proposal): void
}

/** Options of `coldStart`. */
export interface ColdStartOptions extends JudgingOptions {
  /** Annotation files of one set. */
  readonly annotations: readonly string[]
  /** @default the set of the task */
  readonly set?: AnnotationSetName | undefined
  readonly task: string | Task
  /** The file of the examples, YAML or JSON. Beside it lies the search (`.session.json`) until it has ended. */
  readonly out: string
  /** @default rules */
  readonly model?: ModelOptions | undefined
  readonly responder?: Responder<SyphusSubject> | undefined
  /** Candidates of a round. @default 4 */
  readonly perRound?: number | undefined
  /** Draws the annotations. @default 0 */
  readonly seed?: number | undefined
  /** @default 'en' */
  readonly language?: string | undefined
  readonly onMeter?: OnMeter | undefined
  /** Is told what earlier runs have left in the journal, before anything is asked. */
  readonly onFound?: OnJournalFound | undefined
  readonly signal?: AbortSignal | undefined
}

/** What came of it. */
export interface ColdStartResult {
  readonly session: ColdStartSession
  /** Whether the person ended it; otherwise the same call goes on. */
  readonly finished: boolean
  /** The file of the examples, or null where the search goes on or has none. */
  readonly out: string | null
  readonly sessionFile: string
  /** Calls that were under way or next when an earlier call was ended: they may have been charged. */
  readonly maybePaid: number
}

/** Annotations that are looked through for a round at most are this many times as many as it needs. */
const MOST_ROUNDS = 64

/**
 * Searches for examples, from the beginning or from where an earlier call was stopped.
 * @throws MimicitError MIMICIT_NOT_EMPTY if the file is there, MIMICIT_EMPTY when no annotation is left to ask about and
 * none was ever proposed, MIMICIT_UNKNOWN_NAME for a task or filter, MIMICIT_BAD_CONFIG for the session of another task, and what the reader of annotations and the
 * model throw; every decision so far is kept
 */
export async function coldStart(options: ColdStartOptions, reviewer: Reviewer): Promise<ColdStartResult> {
  const out = resolve(options.out)
  const task = await taskOf(options.task)
  // Before anything is paid for.
  const judging = {
    filters: chosenFilters(options.filters, options.withoutFilters ?? []),
    replacements: options.replacements,
  }
  const sessionFile = `${out}.session.json`
  let session = (await readSession(sessionFile, task.name)) ?? newSession(task.name)
  if (existsSync(out)) throw isThere(out)
  const model = options.model && (await openModelSession(options.model, options.onFound))
  const maybePaid = model?.journal.found.inFlight ?? 0
  const responder = model?.asking.responder ?? options.responder ?? rulesResponder(options.seed ?? 0)
  const advance = async (action: ColdStartAction) => {
    session = decide(session, action, task.output)
    await writeSession(sessionFile, session)
  }
  try {
    for (;;) {
      if (session.open.length === 0 && !isDecided(session)) {
        const annotations = await unseen(options, task, session)
        if (annotations.length === 0) {
          if (session.seen.length === 0) throw nothingToAsk(options.annotations)
          break
        }
        const prompts = { ...PROMPT_SETTINGS, examples: session.examples }
        const { onMeter, signal, language = 'en' } = options
        const asking = { ...model?.asking, responder, onMeter, signal, total: annotations.length }
        const proposal = await propose(task, annotations, { prompts, language, judging }, asking)
        reviewer.told?.(proposal)
        await advance({ kind: 'propose', ...proposal })
        if (proposal.candidates.length === 0) continue
      }
      while (session.open.length > 0) {
        const choice = await reviewer.review(session.open[0]!, session, task)
        if (choice.kind === 'stop') return { session, finished: false, out: null, sessionFile, maybePaid }
        await advance(choice)
      }
      let more = await reviewer.nextRound(session, task)
      while (typeof more === 'object') {
        await advance(more)
        more = await reviewer.nextRound(session, task)
      }
      if (!more) break
      await advance({ kind: 'next-round' })
    }
    if (session.examples.length === 0) return { session, finished: true, out: null, sessionFile, maybePaid }
    await writeExamples(out, session)
    return { session, finished: true, out, sessionFile, maybePaid }
  } finally {
    await model?.close()
  }
}

/** Every candidate of this round has been decided about, and nobody has said yet whether there is another round. */
const isDecided = ({ round, history }: ColdStartSession) => history.some((entry) => entry.round === round)

/** The annotations of the next round. */
async function unseen(
  options: ColdStartOptions,
  task: Task,
  { seen }: ColdStartSession,
): Promise<readonly VisualAnnotation[]> {
  const { perRound = 4, seed = 0 } = options
  const set = pick('the set of annotations', annotationSets, options.set ?? task.annotations)
  const scratch = await openScratch(resolve(options.out), 'cold-start')
  const known = new Set(seen)
  const found: VisualAnnotation[] = []
  try {
    const sample = known.size + perRound * MOST_ROUNDS
    for await (const annotation of chosenAnnotations(set, options.annotations, scratch.path, { sample, seed })) {
      if (known.has(annotation.id) || task.lacks(annotation) !== null) continue
      found.push(annotation)
      if (found.length === perRound) break
    }
    return found
  } finally {
    await scratch.remove()
  }
}

const isThere = (out: string) =>
  new MimicitError('MIMICIT_NOT_EMPTY', {
    expected: 'a file that does not exist yet',
    where: 'the examples to write',
    received: out,
    hint: 'Name another --out, or remove it.',
  })

const nothingToAsk = (annotations: readonly string[]) =>
  new MimicitError('MIMICIT_EMPTY', {
    expected: 'annotations that say enough for the task',
    where: annotations.join(', '),
    received: 'none',
  })
