// What a loader did, for people: where its time went, what it read, how full its rows were.
import { formatBytes, formatCount, formatDuration } from '../base/format.js'
import { type LoaderStats, STAGES } from '../loader/stats.js'
import { keyValueTable } from './table.js'

/** A table of statistics. Shares are of the work of all threads; waits are of the loop that took the batches. */
export function loaderStatsTable(stats: LoaderStats): string {
  const { stageMs, waitMs, consumerMs, store } = stats
  const work = STAGES.reduce((sum, stage) => sum + stageMs[stage], 0)
  const share = (part: number, whole: number) => `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`
  const loop = waitMs + consumerMs
  const pictures = stats.picturesDecoded + stats.picturesReused
  return keyValueTable([
    ['batches', `${formatCount(stats.batchesTaken)} taken, ${formatCount(stats.batches)} made`],
    ['loop', `${share(waitMs, loop)} of ${formatDuration(loop)} waiting for batches`],
    ...STAGES.map((stage) => [stage, `${formatDuration(stageMs[stage])} (${share(stageMs[stage], work)})`] as const),
    [
      'pictures',
      `${formatCount(stats.picturesDecoded)} decoded, ${share(stats.picturesReused, pictures)} of uses reused`,
    ],
    [
      'picture bytes',
      `${formatBytes(stats.pictureBytesRead)} read, ${share(stats.pictureBytesUsed, stats.pictureBytesRead)} of them used`,
    ],
    [
      'padding',
      `${share(stats.paddingTokens, stats.tokens)} of ${formatCount(stats.tokens)} tokens` +
        // The same numbers where nothing was filled by lengths.
        (stats.plainTokens === stats.tokens
          ? ''
          : `, ${share(stats.plainPaddingTokens, stats.plainTokens)} with a sample a row in order`),
    ],
    ...(store === undefined
      ? []
      : [['network', `${formatCount(store.requests)} requests, ${formatBytes(store.bytes)}`] as const]),
    ...(store?.cache === undefined
      ? []
      : [['cache', `${share(store.cache.hits, store.cache.hits + store.cache.misses)} of blocks found`] as const]),
  ])
}
