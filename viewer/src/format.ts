// Numbers for people.

const whole = new Intl.NumberFormat('en')

export const count = (n: number): string => whole.format(n)

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = n
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

export const percent = (part: number): string => `${(100 * part).toFixed(part > 0 && part < 0.1 ? 1 : 0)} %`

/** A number in about four characters. */
export function short(n: number): string {
  const size = Math.abs(n)
  if (!Number.isFinite(n)) return '–'
  if (size >= 1e6) return `${Number((n / 1e6).toPrecision(3))}M`
  if (size >= 1e4) return `${Number((n / 1e3).toPrecision(3))}k`
  if (size !== 0 && size < 1e-3) return n.toExponential(1)
  return String(Number(n.toPrecision(4)))
}

export const seconds = (n: number): string => `${Number(n.toFixed(2))} s`

/** The name of a language by its tag: "Chinese". */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}
