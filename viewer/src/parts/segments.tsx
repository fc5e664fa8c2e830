// One of a few, all of them seen: radio buttons that look like a switch.

export interface SegmentsProps<T extends string> {
  readonly label: string
  readonly name: string
  readonly choices: readonly { readonly value: T; readonly title: string; readonly note?: string }[]
  readonly value: T
  readonly onChange: (value: T) => void
}

export function Segments<T extends string>({ label, name, choices, value, onChange }: SegmentsProps<T>) {
  return (
    <fieldset class="segments">
      <legend>{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} title={choice.note} class={choice.value === value ? 'chosen' : ''}>
          <input type="radio" name={name} checked={choice.value === value} onChange={() => onChange(choice.value)} />
          {choice.title}
        </label>
      ))}
    </fieldset>
  )
}
