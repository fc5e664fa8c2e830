// Ratings of models as a report.
import { heatMap } from '../../base/chart/heat-map.js'
import { intervalChart } from '../../base/chart/interval-chart.js'
import type { Report, ReportSection } from '../../base/chart/report.js'
import { plural } from '../../base/format.js'
import type { ModelRatings, RatedModel } from '../elo/rate-models.js'
import { issueSections } from './issues.js'

/** The report of ratings. */
export function ratingReport(ratings: ModelRatings): Report {
  const { battles, ties, models, options, nu } = ratings
  const names = models.map(({ model }) => model)
  return {
    title: 'Ratings by pairwise votes',
    sections: [
      { kind: 'text', text: `${plural(battles, 'battle')} of ${plural(models.length, 'model')}, ${ties} tied` },
      ...apart(ratings),
      { kind: 'table', head: HEAD, rows: models.map(rowOf) },
      {
        kind: 'text',
        text:
          `rating: Bradley-Terry with ties by Davidson (nu ${nu.toFixed(3)}), 95 % of ${options.bootstrap} bootstrap draws; ` +
          `Elo: K ${options.k}, start ${options.start}, in the order of the battles; over orders: 95 % of ${options.orders} ` +
          'other orders of the same battles, and the places in them.',
      },
      {
        kind: 'chart',
        svg: intervalChart({
          ...{ title: 'Bradley-Terry rating', across: 'points' },
          rows: models.map(({ model, rating, low, high }) => ({
            ...{ name: model, value: rating },
            ...(low !== null && high !== null && { low, high }),
          })),
        }),
      },
      {
        kind: 'chart',
        svg: intervalChart({
          ...{ title: 'Elo over orders of the same battles', across: 'points' },
          rows: models.map(({ model, eloMean, eloLow, eloHigh }) => {
            return { name: model, value: eloMean, low: eloLow, high: eloHigh }
          }),
        }),
      },
      { kind: 'heading', text: 'Share of points of the row against the column (ties half)' },
      { kind: 'table', head: ['', ...names], rows: ratings.winRates.map((row, i) => [names[i]!, ...row]) },
      {
        kind: 'chart',
        svg: heatMap({ title: 'Who beats whom', rows: names, columns: names, cells: ratings.winRates }),
      },
      ...issueSections(ratings.issues),
    ],
  }
}

const HEAD = ['model', 'battles', 'won', 'lost', 'tied', 'rating', '95 %', 'Elo', 'Elo over orders', 'places']

function rowOf(model: RatedModel) {
  const { low, high, eloLow, eloHigh } = model
  return [
    ...[model.model, model.battles, model.won, model.lost, model.tied],
    ...[points(model.rating), low === null || high === null ? '' : range(low, high)],
    ...[points(model.elo), range(eloLow, eloHigh)],
    model.bestPlace === model.worstPlace ? String(model.bestPlace) : `${model.bestPlace} to ${model.worstPlace}`,
  ]
}

const points = (value: number) => value.toFixed(1).replace(/^-0\.0$/, '0.0')

const range = (low: number, high: number) => `${points(low)} to ${points(high)}`

/** What ratings do not say, where battles do not. */
function apart({ groups, boundGroups }: ModelRatings): ReportSection[] {
  const list = (of: readonly (readonly string[])[]) => of.map((group) => group.join(', ')).join(' | ')
  const told: string[] = []
  if (groups.length > 1) told.push(`These never met, so that ratings compare only inside a group: ${list(groups)}`)
  if (boundGroups.length > groups.length) {
    told.push(
      `Of some that met, one side never won or tied: ${list(boundGroups)}. Battles set no bound to how far such groups are ` +
        'apart; the points between them are those of a weak prior.',
    )
  }
  return told.map((text) => ({ kind: 'text', text }))
}
