// A reply to change: its questions and answers, or, for tasks whose replies have another form, its JSON.
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Notice } from '../parts/notice.js'

interface QuestionAnswer {
  readonly question: string
  readonly answer: string
}

interface EditorProps {
  readonly reply: unknown
  readonly sending: boolean
  readonly onSave: (reply: unknown) => Promise<boolean>
  readonly onLeave: () => void
}

export function ReplyEditor({ reply, sending, onSave, onLeave }: EditorProps) {
  const begun = questionAnswers(reply)
  const [pairs, setPairs] = useState(begun)
  const [text, setText] = useState(() => JSON.stringify(reply, null, 2))
  const [error, setError] = useState<Error>()
  const form = useRef<HTMLFormElement>(null)
  // Before the browser draws: whoever sees it types into it.
  useLayoutEffect(() => form.current?.querySelector('textarea')?.focus(), [])
  const save = () => {
    setError(undefined)
    try {
      void onSave(pairs === undefined ? JSON.parse(text) : { pairs })
    } catch (failure) {
      setError(failure as Error)
    }
  }
  const change = (at: number, part: Partial<QuestionAnswer>) =>
    setPairs(pairs?.map((pair, n) => (n === at ? { ...pair, ...part } : pair)))
  return (
    <form
      ref={form}
      class="reply-editor"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save()
        if (event.key === 'Escape') onLeave()
      }}
    >
      {error && <Notice error={error} />}
      {pairs === undefined ? (
        <label class="field">
          The reply as JSON
          <textarea class="json" rows={18} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
      ) : (
        pairs.map(({ question, answer }, n) => (
          <fieldset key={n}>
            <legend class="unseen">Pair {n + 1}</legend>
            <label class="field">
              Question {n + 1}
              <textarea
                rows={2}
                dir="auto"
                value={question}
                onInput={(event) => change(n, { question: event.currentTarget.value })}
              />
            </label>
            <label class="field">
              Answer {n + 1}
              <textarea
                rows={3}
                dir="auto"
                value={answer}
                onInput={(event) => change(n, { answer: event.currentTarget.value })}
              />
            </label>
            <button
              type="button"
              disabled={pairs.length === 1}
              onClick={() => setPairs(pairs.filter((_, at) => at !== n))}
            >
              Leave pair {n + 1} out
            </button>
          </fieldset>
        ))
      )}
      <div class="votes">
        <button type="submit" class="primary" disabled={sending}>
          Save <kbd>Ctrl Enter</kbd>
        </button>
        {pairs !== undefined && (
          <button type="button" onClick={() => setPairs([...pairs, { question: '', answer: '' }])}>
            Add a pair
          </button>
        )}
        <button type="button" onClick={onLeave}>
          Back <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  )
}

/** The pairs of a reply in the common form; undefined for any other. */
function questionAnswers(reply: unknown): readonly QuestionAnswer[] | undefined {
  if (typeof reply !== 'object' || reply === null || Object.keys(reply).join() !== 'pairs') return undefined
  const { pairs } = reply as { readonly pairs: unknown }
  const isPair = (pair: unknown): pair is QuestionAnswer =>
    typeof pair === 'object' &&
    pair !== null &&
    Object.keys(pair).sort().join() === 'answer,question' &&
    Object.values(pair).every((text) => typeof text === 'string')
  return Array.isArray(pairs) && pairs.every(isPair) ? pairs : undefined
}
