// Something measured as a drawing, with its numbers as a table for those who cannot see it, or want to copy them.
import type { Figure } from '../../../src/serve/wire.js'
import { count, short } from '../format.js'
import { useWidth } from './use-width.js'

export function FigureView({ figure }: { readonly figure: Figure }) {
  return (
    <section class="figure" aria-label={figure.title}>
      <h2>{figure.title}</h2>
      {figure.kind === 'bars' ? <Bars {...figure} /> : <Histogram {...figure} />}
    </section>
  )
}

type BarsFigure = Extract<Figure, { readonly kind: 'bars' }>
type HistogramFigure = Extract<Figure, { readonly kind: 'histogram' }>

function Bars({ bars }: BarsFigure) {
  const most = Math.max(...bars.map(({ value }) => value), 1)
  return (
    <table class="bars">
      <tbody>
        {bars.map(({ label, value }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td class="track">
              <span style={{ inlineSize: `${(100 * value) / most}%` }} />
            </td>
            <td class="number">{count(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const HEIGHT = 150
/** Of the line that says how high the highest bar is. */
const TOP = 18
/** A bar of a few is no wider than this. */
const MOST_BAR = 48

function Histogram({ bins, summary, unit, title }: HistogramFigure) {
  const most = Math.max(...bins.map((bin) => bin.count), 1)
  const [drawing, whole] = useWidth<SVGSVGElement>(480)
  const width = Math.min(MOST_BAR, whole / Math.max(1, bins.length))
  const end = width * bins.length
  const last = bins.at(-1)
  return (
    <>
      <svg
        ref={drawing}
        class="histogram"
        viewBox={`0 0 ${whole} ${HEIGHT + 20}`}
        height={HEIGHT + 20}
        role="img"
        aria-label={`${title}, drawn`}
      >
        <path d={`M0 ${TOP - 0.5}H${whole}`} stroke-dasharray="2 4" />
        <text x={whole} y={TOP - 6} text-anchor="end">
          {count(most)}
        </text>
        {bins.map((bin, i) => {
          const height = bin.count === 0 ? 0 : Math.max(1, ((HEIGHT - TOP) * bin.count) / most)
          return (
            <rect
              key={bin.from}
              x={i * width + 0.5}
              y={HEIGHT - height}
              width={Math.max(0.5, width - 1)}
              height={height}
            >
              <title>{`${bin.from}${bin.to - bin.from > 1 ? ` to ${bin.to - 1}` : ''} ${unit}: ${count(bin.count)}`}</title>
            </rect>
          )
        })}
        <path d={`M0 ${HEIGHT}H${whole}`} />
        <text x="0" y={HEIGHT + 15}>
          {short(bins[0]?.from ?? 0)}
        </text>
        <text x={end < 150 ? end + 8 : end} y={HEIGHT + 15} text-anchor={end < 150 ? 'start' : 'end'}>
          {last === undefined ? '' : short(last.to - 1)} {unit}
        </text>
      </svg>
      <dl class="summary">
        {(['min', 'median', 'mean', 'p95', 'max'] as const).map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{short(summary[name])}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
