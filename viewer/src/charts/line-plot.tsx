// A curve that grows: raw values as a faint line, a smoothed one on top, other values as dots.
import { short } from '../format.js'
import { useWidth } from './use-width.js'

export interface PlotPoint {
  readonly x: number
  readonly y: number
}

export interface LinePlotProps {
  readonly title: string
  readonly points: readonly PlotPoint[]
  readonly dots?: readonly PlotPoint[]
  /** Share of the past in the smoothed line; 0 draws none. */
  readonly smoothing?: number
}

const HEIGHT = 200
const LEFT = 48

export function LinePlot({ title, points, dots = [], smoothing = 0.9 }: LinePlotProps) {
  const [drawing, width] = useWidth<SVGSVGElement>(560)
  const finite = points.filter(({ y }) => Number.isFinite(y))
  const all = [...finite, ...dots]
  const last = finite.at(-1)
  if (last === undefined) return <p class="quiet">{title}: nothing yet</p>
  const lowX = Math.min(...all.map(({ x }) => x))
  const highX = Math.max(...all.map(({ x }) => x), lowX + 1)
  const highY = Math.max(...all.map(({ y }) => y), 1e-12)
  const lowY = Math.min(0, ...all.map(({ y }) => y))
  const place = ({ x, y }: PlotPoint) =>
    [
      LEFT + ((width - LEFT) * (x - lowX)) / (highX - lowX),
      HEIGHT - (HEIGHT - 8) * ((y - lowY) / (highY - lowY)),
    ] as const
  const line = (values: readonly PlotPoint[]) =>
    values
      .map((point) =>
        place(point)
          .map((n) => n.toFixed(1))
          .join(),
      )
      .join(' ')
  return (
    <figure class="plot">
      <figcaption>
        <span>{title}</span>
        <span>
          {short(last.y)} at step {last.x}
        </span>
      </figcaption>
      <svg
        ref={drawing}
        viewBox={`0 0 ${width} ${HEIGHT + 22}`}
        height={HEIGHT + 22}
        role="img"
        aria-label={`${title}: ${short(last.y)} at step ${last.x}`}
      >
        {[0, 0.5, 1].map((part) => {
          const value = lowY + (highY - lowY) * part
          const [, y] = place({ x: lowX, y: value })
          return (
            <g key={part}>
              <path class="grid" d={`M${LEFT} ${y}H${width}`} />
              <text x={LEFT - 6} y={y + 4} text-anchor="end">
                {short(value)}
              </text>
            </g>
          )
        })}
        <text x={LEFT} y={HEIGHT + 18}>
          {lowX}
        </text>
        <text x={width} y={HEIGHT + 18} text-anchor="end">
          {highX}
        </text>
        <polyline class={smoothing > 0 ? 'raw' : 'smooth'} points={line(finite)} />
        {smoothing > 0 && <polyline class="smooth" points={line(smoothed(finite, smoothing))} />}
        {dots.map((dot) => {
          const [x, y] = place(dot)
          return <circle key={dot.x} cx={x} cy={y} r="3.5" />
        })}
      </svg>
    </figure>
  )
}

/** A running mean that forgets, unbiased at its beginning. */
function smoothed(points: readonly PlotPoint[], share: number): PlotPoint[] {
  let sum = 0
  let weight = 0
  return points.map(({ x, y }) => {
    sum = sum * share + y * (1 - share)
    weight = weight * share + (1 - share)
    return { x, y: sum / weight }
  })
}
