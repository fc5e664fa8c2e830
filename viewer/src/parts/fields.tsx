// Fields with their labels.

interface FieldProps {
  readonly label: string
  readonly hint?: string
}

export interface SelectProps extends FieldProps {
  readonly value: string
  readonly choices: readonly { readonly value: string; readonly title: string }[]
  readonly onChange: (value: string) => void
}

export function Select({ label, hint, value, choices, onChange }: SelectProps) {
  return (
    <label class="field" title={hint}>
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.title}
          </option>
        ))}
      </select>
    </label>
  )
}

export interface NumberProps extends FieldProps {
  readonly value: number | undefined
  readonly min?: number
  readonly max?: number
  readonly placeholder?: string
  readonly onChange: (value: number | undefined) => void
}

/** A whole number, told once it is complete. */
export function NumberField({ label, hint, value, min = 0, max, placeholder, onChange }: NumberProps) {
  return (
    <label class="field" title={hint}>
      <span>{label}</span>
      <input
        type="number"
        value={value ?? ''}
        min={min}
        max={max}
        placeholder={placeholder}
        onChange={({ currentTarget }) => {
          const given = currentTarget.valueAsNumber
          if (currentTarget.value === '') onChange(undefined)
          else if (Number.isInteger(given) && given >= min && given <= (max ?? Number.POSITIVE_INFINITY))
            onChange(given)
          else currentTarget.value = String(value ?? '')
        }}
      />
    </label>
  )
}
