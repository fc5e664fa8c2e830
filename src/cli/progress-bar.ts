// A progress line on standard error, redrawn a few times a second; nothing at all when that is not a terminal, and lines
// instead of it with --verbose.
import { formatBytes, formatCount, formatDuration } from '../base/format.js'
import type { Progress } from '../base/progress.js'
import { type Loudness, loudness } from './loudness.js'
import { progressLines } from './progress-lines.js'
import type { ProgressBar } from './progress-shown.js'

const REDRAW_MS = 100
const WIDTH = 24

/** A bar on a terminal, lines where much is to be said, or one that shows nothing. */
export function progressBar(stream: NodeJS.WriteStream = process.stderr, said: Loudness = loudness()): ProgressBar {
  if (said === 'verbose') return progressLines(stream)
  if (said === 'quiet' || !stream.isTTY || process.env.TERM === 'dumb')
    return { update: () => undefined, show: () => undefined, done: () => undefined }
  let drawn = 0
  let stage = ''
  let stageBegan = 0
  const began = performance.now()
  let open = false
  const draw = (fraction: number, text: string) => {
    const now = performance.now()
    if (now - drawn < REDRAW_MS && fraction < 1) return
    drawn = now
    open = true
    const filled = Math.round(Math.min(1, Math.max(0, fraction)) * WIDTH)
    const line = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${text}`
    stream.write(`\r${line.slice(0, (stream.columns ?? 80) - 1)}\x1b[K`)
  }
  return {
    update(progress: Progress) {
      if (progress.stage !== stage) {
        stage = progress.stage
        stageBegan = performance.now()
        drawn = 0
      }
      const { done, total, overall } = progress
      const amount = (n: number) => (progress.unit === 'bytes' ? formatBytes(n) : formatCount(n))
      const fraction = total === undefined || total === 0 ? 0 : done / total
      const of = total === undefined ? '' : ` of ${amount(total)}`
      // The time that is left is that of everything, where that is known.
      const left = overall === undefined ? remaining(fraction, stageBegan) : remaining(overall, began)
      draw(overall ?? fraction, `${stage} ${amount(done)}${of}${left}`)
    },
    show: draw,
    done() {
      if (open) stream.write('\r\x1b[K')
      open = false
      stage = ''
    },
  }
}

/** The time that is left of this stage at its pace so far, once enough has been seen to say. */
function remaining(fraction: number, began: number): string {
  const spent = performance.now() - began
  if (fraction < 0.02 || spent < 1000) return ''
  return `, ${formatDuration((spent / fraction) * (1 - fraction))} left of this step`
}
