// The review of candidates for in-context examples: the pictures, what the model was shown and what it made of it, one
// decision after another, and what was chosen so far.
import { useEffect, useState } from 'preact/hooks'
import type { ColdStartPhase, ColdStartView } from '../../../src/serve/wire.js'
import { listen, post } from '../api.js'
import { count, plural } from '../format.js'
import { onceEach, useKeys } from '../keys.js'
import { Notice } from '../parts/notice.js'
import { CandidateView } from './candidate-view.js'

/** Sends an answer to the question that is shown. */
export type Answer = (answer: Readonly<Record<string, unknown>> & { readonly kind: string }) => Promise<boolean>

export function ColdStartPart() {
  const [view, setView] = useState<ColdStartView>()
  const [error, setError] = useState<Error>()
  const [sending, setSending] = useState(false)
  useEffect(
    () =>
      listen<ColdStartView>(
        '/api/cold-start',
        (next) => {
          setView(next)
          setError(undefined)
          setSending(false)
        },
        setError,
      ),
    [],
  )
  if (view === undefined) return error ? <Notice error={error} /> : <p class="quiet centred">Opening …</p>
  const { phase } = view
  const answer: Answer = async (given) => {
    if (sending || !('question' in phase)) return false
    setSending(true)
    setError(undefined)
    try {
      await post('/api/cold-start/answers', { question: phase.question, answer: given })
      return true
    } catch (failure) {
      setError(failure as Error)
      setSending(false)
      return false
    }
  }
  return (
    <div class="page cold-start">
      <p class="facts-line" role="status">
        <span>{view.title}</span>
        <span>round {view.round + 1}</span>
        <span>{count(view.waiting)} to go</span>
        <span>{plural(view.examples.length, 'example')} chosen</span>
      </p>
      {/* At its end the command ends, and the server with it. */}
      {error && phase.kind !== 'ended' && <Notice error={error} />}
      <Phase {...{ view, phase, answer, sending }} />
      {view.failed.length > 0 && (
        <details>
          <summary>{plural(view.failed.length, 'annotation')} of which nothing came</summary>
          <ul class="plain">
            {view.failed.map(({ annotation, reason }) => (
              <li key={annotation}>
                <span class="id">{annotation}</span> {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      <Chosen {...{ view, answer }} canRemove={'question' in phase && !sending} />
    </div>
  )
}

interface PhaseProps {
  readonly view: ColdStartView
  readonly phase: ColdStartPhase
  readonly answer: Answer
  readonly sending: boolean
}

function Phase({ view, phase, answer, sending }: PhaseProps) {
  switch (phase.kind) {
    case 'working':
      return <p class="quiet">The model is asked …</p>
    case 'candidate':
      return (
        <CandidateView
          key={phase.question}
          {...{ question: phase.question, candidate: phase.candidate, answer, sending }}
        />
      )
    case 'round-done':
      return <RoundDone {...{ view, answer, sending }} />
    case 'ended':
      return <Ended phase={phase} />
    default:
      return phase satisfies never
  }
}

function RoundDone({ view, answer, sending }: Omit<PhaseProps, 'phase'>) {
  useKeys({ n: () => void answer({ kind: 'next-round' }), f: () => void answer({ kind: 'finish' }) }, { once: true })
  const nothing = view.examples.length === 0
  return (
    <section class="decision" aria-label="Round">
      <h1>Round {view.round + 1} is done.</h1>
      <p>
        {nothing
          ? 'No example is chosen yet; another round asks about other annotations.'
          : `Another round shows the model ${plural(view.examples.length, 'example')}; finishing writes them to their file.`}
      </p>
      <div class="votes" {...onceEach}>
        <button type="button" disabled={sending} onClick={() => void answer({ kind: 'next-round' })}>
          Next round <kbd>n</kbd>
        </button>
        <button type="button" disabled={sending} onClick={() => void answer({ kind: 'finish' })}>
          {nothing ? 'End without any' : 'Finish'} <kbd>f</kbd>
        </button>
      </div>
    </section>
  )
}

function Ended({ phase }: { readonly phase: Extract<ColdStartPhase, { kind: 'ended' }> }) {
  if (phase.error !== null) return <Notice error={new Error(phase.error)} />
  if (phase.out !== null)
    return (
      <h1>
        Written to <span class="id">{phase.out}</span>
      </h1>
    )
  return <h1>{phase.finished ? 'Ended; no example was chosen.' : 'Stopped. The same command goes on from here.'}</h1>
}

interface ChosenProps {
  readonly view: ColdStartView
  readonly answer: Answer
  readonly canRemove: boolean
}

function Chosen({ view, answer, canRemove }: ChosenProps) {
  if (view.examples.length === 0) return null
  return (
    <section class="examples" aria-label="Chosen examples">
      <h2>Chosen</h2>
      {view.examples.map(({ annotation, pairs }) => (
        <details key={annotation}>
          <summary>
            <span class="id">{annotation}</span> <span class="quiet">{plural(pairs.length, 'pair')}</span>
          </summary>
          <dl class="texts">
            {pairs.map(({ instruction, response }, n) => (
              <div key={n}>
                <dt dir="auto">{instruction}</dt>
                <dd dir="auto">{response}</dd>
              </div>
            ))}
          </dl>
          <button type="button" disabled={!canRemove} onClick={() => void answer({ kind: 'remove', annotation })}>
            Take it back
          </button>
        </details>
      ))}
    </section>
  )
}
