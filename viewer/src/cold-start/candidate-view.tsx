// One candidate, and what a person may say of it: a key each, and nothing that the mouse is needed for.
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ShownCandidate } from '../../../src/serve/wire.js'
import { useGet } from '../api.js'
import { onceEach, useKeys } from '../keys.js'
import { Notice } from '../parts/notice.js'
import type { Answer } from './cold-start-part.js'
import { ReplyEditor } from './reply-editor.js'

interface CandidateProps {
  readonly question: number
  readonly candidate: ShownCandidate
  readonly answer: Answer
  readonly sending: boolean
}

export function CandidateView({ question, candidate, answer, sending }: CandidateProps) {
  const [doing, setDoing] = useState<'looking' | 'editing' | 'rejecting'>('looking')
  const { annotation, user, pairs, objections, reply } = candidate
  const looking = doing === 'looking'
  const choices = [
    { key: 'a', title: 'Accept', act: () => void answer({ kind: 'accept' }) },
    { key: 'e', title: 'Edit', act: () => setDoing('editing') },
    { key: 'r', title: 'Reject', act: () => setDoing('rejecting') },
    { key: 'q', title: 'Stop here', act: () => void answer({ kind: 'stop' }) },
  ]
  useKeys(
    looking ? Object.fromEntries(choices.map(({ key, act }) => [key, act])) : { Escape: () => setDoing('looking') },
    { once: true },
  )
  return (
    <section class="candidate" aria-label="Candidate">
      <h1 class="id">{annotation}</h1>
      <div class="query">
        <Pictures {...{ question, candidate }} />
        <div class="made">
          {doing === 'editing' ? (
            <ReplyEditor
              {...{ reply, sending }}
              onSave={(edited) => answer({ kind: 'edit', reply: edited })}
              onLeave={() => setDoing('looking')}
            />
          ) : (
            <ol class="texts">
              {pairs.map(({ instruction, response }, n) => (
                <li key={n}>
                  <p class="instruction" dir="auto">
                    {instruction}
                  </p>
                  <p dir="auto">{response}</p>
                </li>
              ))}
            </ol>
          )}
        </div>
      </div>
      {objections.length > 0 && (
        <div class="notice" role="note">
          <h2>What the filters say</h2>
          <ul>
            {objections.map((objection) => (
              <li key={objection}>{objection}</li>
            ))}
          </ul>
        </div>
      )}
      {doing === 'rejecting' && (
        <Reason onReject={(reason) => void answer({ kind: 'reject', reason })} onLeave={() => setDoing('looking')} />
      )}
      {looking && (
        <div class="votes" {...onceEach}>
          {choices.map(({ key, title, act }) => (
            <button type="button" key={key} disabled={sending} onClick={act}>
              {title} <kbd>{key}</kbd>
            </button>
          ))}
        </div>
      )}
      <details open>
        <summary>What the model was shown of it</summary>
        <pre dir="auto">{user}</pre>
      </details>
    </section>
  )
}

function Pictures({ question, candidate }: Pick<CandidateProps, 'question' | 'candidate'>) {
  const { value, error } = useGet<{ readonly pictures: number }>(`/api/cold-start/${question}/pictures`)
  if (error !== undefined) return <Notice error={error} />
  if (value === undefined) return <p class="quiet">Looking for pictures …</p>
  if (value.pictures === 0) return <p class="quiet">No picture of it was found (--images names their folder).</p>
  return (
    <div class={`visuals large ${value.pictures === 1 ? 'one' : 'several'}`}>
      {Array.from({ length: value.pictures }, (_, n) => (
        <img
          key={`${question} ${n}`}
          src={`/api/cold-start/${question}/pictures/${n}`}
          alt={candidate.mediaIds[n] ?? `Frame ${n + 1} of ${candidate.mediaIds[0]}`}
          loading="lazy"
        />
      ))}
    </div>
  )
}

interface ReasonProps {
  readonly onReject: (reason: string) => void
  readonly onLeave: () => void
}

function Reason({ onReject, onLeave }: ReasonProps) {
  const [reason, setReason] = useState('')
  const field = useRef<HTMLInputElement>(null)
  // Before the browser draws: whoever sees it types into it.
  useLayoutEffect(() => field.current?.focus(), [])
  return (
    <form
      class="decision"
      onSubmit={(event) => {
        event.preventDefault()
        onReject(reason.trim())
      }}
    >
      <label class="field">
        Why (may stay empty)
        <input
          ref={field}
          value={reason}
          maxLength={10_000}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div class="votes">
        <button type="submit">
          Reject <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={onLeave}>
          Back
        </button>
      </div>
    </form>
  )
}
