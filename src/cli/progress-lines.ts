// Progress as lines, for a log: a stage when it begins, how far it is every few seconds, and its time at its end.
import { formatBytes, formatCount, formatDuration } from '../base/format.js'
import type { Progress } from '../base/progress.js'
import type { ProgressBar } from './progress-shown.js'

const EVERY_MS = 5000

/** Lines on standard error. */
export function progressLines(stream: NodeJS.WriteStream = process.stderr): ProgressBar {
  let stage = ''
  let began = 0
  let told = 0
  let last = ''
  const line = (text: string) => stream.write(`${text}\n`)
  const amount = ({ unit, total }: Progress, n: number) => {
    const shown = unit === 'bytes' ? formatBytes : formatCount
    return `${shown(n)}${total === undefined ? '' : ` of ${shown(total)}`}${unit === 'bytes' ? '' : ` ${unit}`}`
  }
  const end = () => {
    if (stage !== '') line(`${stage}: ${last}, ${formatDuration(performance.now() - began)}`)
    stage = ''
  }
  return {
    update(progress) {
      const now = performance.now()
      if (progress.stage !== stage) {
        end()
        stage = progress.stage
        began = now
        told = now
        line(`${stage} …`)
      }
      last = amount(progress, progress.done)
      if (now - told < EVERY_MS) return
      told = now
      line(`${stage}: ${last}`)
    },
    show(_, text) {
      const now = performance.now()
      if (now - told < EVERY_MS) return
      told = now
      line(text)
    },
    done: end,
  }
}
