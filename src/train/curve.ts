// The loss of a run as a picture: a self-contained SVG with axes, every step as a faint line and a smoothed one above it.
import type { StepMetrics } from './metrics.js'

const WIDTH = 720
const HEIGHT = 360
const LEFT = 56
const RIGHT = 16
const TOP = 32
const BOTTOM = 44

/** Places for about `count` ticks at round numbers between two values. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high - low
  if (!(span > 0)) return [low]
  const rough = span / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** Exponential moving average that starts at the first value. */
export function smooth(values: readonly number[], weight: number): number[] {
  let mean = values[0] ?? 0
  return values.map((value) => {
    mean = weight * mean + (1 - weight) * value
    return mean
  })
}

/** @returns the curve of loss over steps, as SVG text; an empty run gives axes without a line */
export function lossCurve(metrics: readonly Pick<StepMetrics, 'step' | 'loss'>[]): string {
  const lastStep = Math.max(1, ...metrics.map(({ step }) => step))
  const highest = Math.max(0.1, ...metrics.map(({ loss }) => loss)) * 1.05
  const x = (step: number) => LEFT + (step / lastStep) * (WIDTH - LEFT - RIGHT)
  const y = (loss: number) => HEIGHT - BOTTOM - (loss / highest) * (HEIGHT - TOP - BOTTOM)
  const points = (losses: readonly number[]) =>
    losses.map((loss, i) => `${x(metrics[i]?.step ?? 0).toFixed(1)},${y(loss).toFixed(1)}`).join(' ')
  const losses = metrics.map(({ loss }) => loss)
  const grid = ticks(0, highest, 5).map(
    (value) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>` +
      `<text x="${LEFT - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${value}</text>`,
  )
  const steps = ticks(0, lastStep, 8).map(
    (value) => `<text x="${x(value).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${value}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="Loss by step">
<style>
  svg { background: #fff; font: 12px system-ui, sans-serif }
  text { fill: #444 } .grid { stroke: #ddd } .each { stroke: #9ab8e0; stroke-width: 1 } .mean { stroke: #1f5fb4; stroke-width: 2 }
  polyline { fill: none; stroke-linejoin: round }
  @media (prefers-color-scheme: dark) { svg { background: #16181c } text { fill: #bbb } .grid { stroke: #333 } .each { stroke: #345 } .mean { stroke: #6fa8f0 } }
</style>
<text x="${LEFT}" y="20" font-weight="600">Loss by step (mean cross-entropy, nats a token)</text>
${grid.join('\n')}
${steps.join('\n')}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">step</text>
<polyline class="each" points="${points(losses)}"/>
<polyline class="mean" points="${points(smooth(losses, 0.9))}"/>
</svg>
`
}
