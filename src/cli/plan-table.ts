// What an epoch will cost, for people.
import { formatBytes, formatCount, formatDuration } from '../base/format.js'
import type { EpochSimulation } from '../loader/simulate-epoch.js'
import { keyValueTable } from './table.js'

/** How long it will take, and what that is reckoned from. */
export interface TimeEstimate {
  /** Pictures a second; undefined where there are none. */
  readonly decodeRate: number | undefined
  /** Whether it was measured here. */
  readonly measured: boolean
  /** Bytes a second; undefined where none was stated. */
  readonly bandwidth: number | undefined
  readonly seconds: number
}

const share = (part: number, whole: number) => `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`

/** A table of a simulation. */
export function planTable(simulation: EpochSimulation, estimate: TimeEstimate): string {
  const { epoch, steps, samples, faults, contexts, pictures, reads, shuffle, reuseBytes, budget } = simulation
  const each = samples === 0 ? 0 : contexts / samples
  // Batches in the making share what no memory would have kept; fewer than all are never decoded.
  const atMost = (decoded: number) => (decoded > pictures.distinct ? 'at most ' : '')
  const times = (decoded: number) =>
    `${atMost(decoded)}${formatCount(decoded)}, each ${timesOf(decoded, pictures.distinct)}`
  return keyValueTable([
    [
      `epoch ${epoch}`,
      `${formatCount(steps)} steps, ${formatCount(samples)} samples, ${each.toFixed(2)} contexts each`,
    ],
    ...(budget === 'counted' ? [] : [['', budgetLine(simulation)] as const]),
    ...(faults === 0 ? [] : [['cannot be used', formatCount(faults)] as const]),
    ['shuffle', `${share(shuffle, 1)} of the distance that a full one puts between neighbours`],
    ['pictures', `${formatCount(pictures.distinct)} distinct, ${formatCount(pictures.uses)} uses`],
    ['decoded', `${times(pictures.decoded)}, with ${formatBytes(reuseBytes)} of them kept`],
    ...pictures.compared
      .filter(({ bytes }) => bytes < pictures.onceBytes)
      .map(({ bytes, decoded }) => ['', `${times(decoded)}, with ${formatBytes(bytes)}`] as const),
    ['', `each once with ${formatBytes(pictures.onceBytes)}`],
    [
      'reads',
      `${atMost(pictures.decoded)}${formatCount(reads.requests)} of ${formatBytes(reads.bytes)}, ${share(reads.used, reads.bytes)} of it wanted`,
    ],
    ['padding', paddingLine(simulation)],
    ['time', `${pictures.decoded > pictures.distinct ? 'about' : 'at least'} ${timeLine(estimate)}`],
  ])
}

const timesOf = (decoded: number, distinct: number) =>
  distinct === 0 ? 'never' : decoded === distinct ? 'once' : `${(decoded / distinct).toFixed(2)} times`

function budgetLine({ lengths }: EpochSimulation): string {
  const unknown = formatCount(lengths.pairs - lengths.stored)
  return `as if all fitted into --max-tokens: token counts of ${unknown} pairs are not stored (mimicit tokenize)`
}

function paddingLine({ padding, plainPadding, lengths }: EpochSimulation): string {
  if (padding === undefined) {
    return `not known: ${formatCount(lengths.stored)} of ${formatCount(lengths.pairs)} pairs have token counts (mimicit tokenize)`
  }
  const line = `${share(padding.paddingTokens, padding.tokens)} of ${formatCount(padding.tokens)} tokens`
  if (plainPadding === undefined || plainPadding.tokens === padding.tokens) return line
  return `${line}, ${share(plainPadding.paddingTokens, plainPadding.tokens)} with a sample a row in order`
}

function timeLine({ decodeRate, measured, bandwidth, seconds }: TimeEstimate): string {
  const rate =
    decodeRate === undefined
      ? 'no picture to decode'
      : `decoding ${formatCount(Math.round(decodeRate))} pictures a second${measured ? ' as measured here' : ''}`
  const reading = bandwidth === undefined ? '' : `, reading ${formatBytes(bandwidth)} a second`
  return `${formatDuration(1000 * seconds)}, ${rate}${reading}`
}
