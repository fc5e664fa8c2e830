// Numbers and names from the query of a request, parsed once.
import { z } from 'zod'
import { MimicitError, show } from '../../base/errors.js'
import { parseOptions } from '../../base/options.js'

/** A whole number from `least` to `most`. @throws MimicitError MIMICIT_BAD_VALUE */
export function whole(name: string, text: string | undefined, [least, most]: readonly [number, number]): number {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: `a whole number from ${least} to ${most}`,
    where: name,
    received: show(text),
  })
}

const number = z.coerce.number().int().min(0)
const name = z.string().min(1).max(1000)

const filterSchema = z.strictObject({
  subset: name.optional(),
  language: name.optional(),
  split: name.optional(),
  text: name.optional(),
  id: name.optional(),
  minPictures: number.optional(),
  maxPictures: number.optional(),
  context: name.optional(),
  minContexts: number.optional(),
  maxContexts: number.optional(),
})

/** @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE */
export const parseFilter = (value: unknown) => parseOptions('a search', filterSchema, value)

const sampleShape = {
  context: name.optional(),
  shots: number.max(64).optional(),
  template: name.optional(),
  labels: name.optional(),
  transform: name.optional(),
  maxTokens: number
    .min(1)
    .max(1 << 16)
    .optional(),
  imageSize: number.min(1).max(1024).optional(),
  seed: number.optional(),
  epoch: number.optional(),
}

/** @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE */
export const parseSample = (value: unknown) => parseOptions('a sample', z.strictObject(sampleShape), value)

const planSchema = z.strictObject({
  ...sampleShape,
  batchSize: number.min(1).max(4096).optional(),
  shuffle: name.optional(),
  step: number.optional(),
  steps: number.min(1).max(64).optional(),
})

/** @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE */
export const parsePlan = (value: unknown) => parseOptions('a plan', planSchema, value)
