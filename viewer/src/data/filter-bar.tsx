// What the list is narrowed by.
import { useEffect, useState } from 'preact/hooks'
import type { DatasetFacts, Filter } from '../../../src/serve/wire.js'
import { count, languageName } from '../format.js'
import { NumberField, Select } from '../parts/fields.js'

export interface FilterBarProps {
  readonly dataset: DatasetFacts
  readonly filter: Filter
  /** The C_psi that contexts are counted by. */
  readonly context: string
  readonly onFilter: (filter: Filter) => void
  /** Words, an exact id, or a row number. */
  readonly onFind: (text: string) => void
}

export function FilterBar({ dataset, filter, context, onFilter, onFind }: FilterBarProps) {
  const [text, setText] = useState(filter.text ?? '')
  const { statistics, subsets } = dataset
  const counted = filter.context ?? context
  const change = (part: Filter) => {
    const all = Object.entries({ ...filter, ...part }).filter(([, value]) => value !== undefined && value !== '')
    const { context: _, ...rest } = Object.fromEntries(all) as Filter
    const asks = rest.minContexts !== undefined || rest.maxContexts !== undefined
    onFilter(asks ? { ...rest, context: counted } : rest)
  }
  const [submitted, setSubmitted] = useState(text)
  // Back and forth in the history are other words.
  useEffect(() => {
    setText(filter.text ?? '')
    setSubmitted(filter.text ?? '')
  }, [filter.text])
  const submit = (event: Event) => {
    event.preventDefault()
    const wanted = text.trim()
    setSubmitted(wanted)
    if (wanted === '') change({ text: undefined })
    else onFind(wanted)
  }
  const choices = (record: Readonly<Record<string, number>>, title = (name: string) => name) => [
    { value: '', title: 'all' },
    ...Object.entries(record).map(([value, n]) => ({ value, title: `${title(value)} (${count(n)})` })),
  ]
  const narrowed = Object.keys(filter).filter((name) => name !== 'text' && name !== 'context').length
  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is younger than many browsers.
    <form class="filter" role="search" onSubmit={submit}>
      <input
        id="search"
        type="search"
        aria-label="Search words, an id, or a row number"
        placeholder="Search words, an id, a row  ( / )"
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onBlur={(event) => text.trim() !== submitted && submit(event)}
      />
      {/* Without it Enter would do nothing in a form of several fields. */}
      <button type="submit" class="unseen" tabIndex={-1}>
        Search
      </button>
      <details>
        <summary>
          Filter
          {narrowed > 0 && <span class="badge"> {narrowed}</span>}
        </summary>
        <div class="fields">
          <Select
            label="Subset"
            value={filter.subset ?? ''}
            choices={choices(Object.fromEntries(subsets.map(({ name, pairs }) => [name, pairs])))}
            onChange={(value) => change({ subset: value || undefined })}
          />
          <Select
            label="Language"
            value={filter.language ?? ''}
            choices={choices(statistics.languages, languageName)}
            onChange={(value) => change({ language: value || undefined })}
          />
          <Select
            label="Split"
            value={filter.split ?? ''}
            choices={choices(statistics.splits)}
            onChange={(value) => change({ split: value || undefined })}
          />
          <label class="field">
            <span>Part of the id</span>
            <input
              type="text"
              value={filter.id ?? ''}
              onChange={({ currentTarget }) => change({ id: currentTarget.value.trim() || undefined })}
            />
          </label>
          <NumberField
            label="Pictures from"
            value={filter.minPictures}
            onChange={(minPictures) => change({ minPictures })}
          />
          <NumberField
            label="Pictures to"
            value={filter.maxPictures}
            onChange={(maxPictures) => change({ maxPictures })}
          />
          <NumberField
            label={`Contexts (${counted}) from`}
            value={filter.minContexts}
            onChange={(minContexts) => change({ minContexts })}
          />
          <NumberField
            label={`Contexts (${counted}) to`}
            value={filter.maxContexts}
            onChange={(maxContexts) => change({ maxContexts })}
          />
          {narrowed > 0 && (
            <button type="button" onClick={() => onFilter(filter.text === undefined ? {} : { text: filter.text })}>
              Clear
            </button>
          )}
        </div>
      </details>
    </form>
  )
}
