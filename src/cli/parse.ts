// Values of options from the command line.
import { InvalidArgumentError } from 'commander'

/** A whole number from `least` on, up to `most` where there is one. */
export function integer(least: number, most?: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > (most ?? value)) {
      const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`
      throw new InvalidArgumentError(`Expected a whole number ${range}.`)
    }
    return value
  }
}

/** A port of this machine; 0 is any that is free. */
export const portNumber = integer(0, 65_535)

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

/** Any number. */
export function finite(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.')
  return value
}

/** Whole numbers from 0 on, with commas between them: `0,4,8`. */
export function numberList(text: string): number[] {
  const values = text.split(',').map(Number)
  if (text.trim() === '' || !values.every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw new InvalidArgumentError('Expected whole numbers such as 0,4,8.')
  }
  return values
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

const UNITS = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
}

/** Bytes: `10e9`, `500MB`, `2 GiB`. */
export function byteCount(text: string): number {
  const [, number = '', unit = ''] = /^([\d.]+(?:e\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = Object.hasOwn(UNITS, unit.toUpperCase()) ? UNITS[unit.toUpperCase() as keyof typeof UNITS] : Number.NaN
  const bytes = Math.round(Number(number) * factor)
  if (number === '' || !Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError('Expected bytes such as 10000000, 500MB or 10GB.')
  }
  return bytes
}
