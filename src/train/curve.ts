// The loss curve of a run as one SVG file that needs nothing else: raw losses as a faint line, a smoothed one on top,
// and the losses on held-out samples as dots.
import { ticks } from '../base/chart/axis.js'
import { escapeMarkup } from '../base/chart/svg.js'

/** A point of the curve. */
export interface CurvePoint {
  /** Updates done. */
  readonly step: number
  readonly loss: number
}

/** How the curve looks. */
export interface CurveOptions {
  /** @default 'Training loss' */
  readonly title?: string
  /** Pixels. @default 720 */
  readonly width?: number
  /** Pixels. @default 400 */
  readonly height?: number
  /** Share of the past in the smoothed line, from 0 up to but without 1. @default 0.9 */
  readonly smoothing?: number
  /** Losses on held-out samples. */
  readonly heldOut?: readonly CurvePoint[]
}

/** Running mean that forgets, unbiased at the start. */
export function smooth(values: readonly number[], share: number): number[] {
  let sum = 0
  let weight = 0
  return values.map((value) => {
    sum = sum * share + value * (1 - share)
    weight = weight * share + (1 - share)
    return sum / weight
  })
}

/** At most about `count` points: each is the mean of a run of them, since more than a few a pixel cannot be seen. */
function thinOut(points: readonly CurvePoint[], count: number): readonly CurvePoint[] {
  const run = Math.ceil(points.length / count)
  if (run <= 1) return points
  return Array.from({ length: Math.ceil(points.length / run) }, (_, i) => {
    const part = points.slice(i * run, (i + 1) * run)
    return { step: part.at(-1)!.step, loss: part.reduce((sum, { loss }) => sum + loss, 0) / part.length }
  })
}

/**
 * Draws the loss over the steps. Points without a finite loss are left out.
 *
 * @returns An SVG document.
 */
export function lossCurve(points: readonly CurvePoint[], options: CurveOptions = {}): string {
  const { title = 'Training loss', width = 720, height = 400, smoothing = 0.9, heldOut = [] } = options
  const shown = thinOut(
    points.filter(({ loss }) => Number.isFinite(loss)),
    4 * width,
  )
  const dots = heldOut.filter(({ loss }) => Number.isFinite(loss))
  const box = { left: 64, right: width - 20, top: 40, bottom: height - 48 }
  const lastStep = [...shown, ...dots].reduce((most, { step }) => Math.max(most, step), 1)
  const top = [...shown, ...dots].reduce((most, { loss }) => Math.max(most, loss), 1e-9) * 1.05
  const x = (step: number) => (box.left + ((box.right - box.left) * step) / lastStep).toFixed(1)
  const y = (loss: number) => (box.bottom - ((box.bottom - box.top) * loss) / top).toFixed(1)
  const line = (losses: readonly number[]) => losses.map((loss, i) => `${x(shown[i]?.step ?? 0)},${y(loss)}`).join(' ')
  const losses = shown.map(({ loss }) => loss)
  const grid = ticks(0, top, 6).map(
    (value) =>
      `<line x1="${box.left}" x2="${box.right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>` +
      `<text x="${box.left - 8}" y="${y(value)}" text-anchor="end" dominant-baseline="middle">${value}</text>`,
  )
  const steps = ticks(0, lastStep, 8)
    .filter(Number.isInteger)
    .map(
      (value) =>
        `<line x1="${x(value)}" x2="${x(value)}" y1="${box.bottom}" y2="${box.bottom + 5}" stroke="#333"/>` +
        `<text x="${x(value)}" y="${box.bottom + 18}" text-anchor="middle">${value}</text>`,
    )
  const middle = (box.top + box.bottom) / 2
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"` +
      ` font-family="sans-serif" font-size="12" fill="#333">`,
    `<title>${escapeMarkup(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${width / 2}" y="24" text-anchor="middle" font-size="16">${escapeMarkup(title)}</text>`,
    ...grid,
    ...steps,
    `<path d="M${box.left} ${box.top}V${box.bottom}H${box.right}" fill="none" stroke="#333"/>`,
    `<text x="${(box.left + box.right) / 2}" y="${height - 10}" text-anchor="middle">step</text>`,
    `<text x="16" y="${middle}" text-anchor="middle" transform="rotate(-90 16 ${middle})">loss (cross-entropy)</text>`,
    `<polyline points="${line(losses)}" fill="none" stroke="#9cc3e6" stroke-width="1"/>`,
    `<polyline points="${line(smooth(losses, smoothing))}" fill="none" stroke="#1f5fa8" stroke-width="2"/>`,
    ...dots.map(({ step, loss }) => `<circle cx="${x(step)}" cy="${y(loss)}" r="3" fill="#c2410c"/>`),
    ...(dots.length === 0
      ? []
      : [`<text x="${box.right}" y="${box.top - 8}" text-anchor="end" fill="#c2410c">dots: held-out samples</text>`]),
    '</svg>',
    '',
  ].join('\n')
}
