// Values of options from the command line.
import { InvalidArgumentError } from 'commander'

/** A whole number from `least` on. */
export function integer(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`)
    }
    return value
  }
}

/** A number above zero. */
export function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number above 0.')
  return value
}

/** A number from zero on. */
export function nonNegative(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('Expected a number of at least 0.')
  }
  return value
}

/** A part of a whole: `1%` or `0.01`. */
export function fraction(text: string): number {
  const percent = /^(.+)%$/.exec(text.trim())?.[1]
  const value = Number(percent ?? text) / (percent === undefined ? 1 : 100)
  if (text.trim() === '' || !(value >= 0) || value > 1) {
    throw new InvalidArgumentError('Expected a part such as 1% or 0.01.')
  }
  return value
}
