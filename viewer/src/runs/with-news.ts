// What is known of a run, and what it says: a run that was resumed takes back what it said of later steps.
import type { RunNews } from '../../../src/serve/wire.js'

export function withNews(before: RunNews, news: RunNews): RunNews {
  if (news.anew) return news
  const first = Math.min(...news.points.map(({ step }) => step), ...news.evaluations.map(({ step }) => step))
  return {
    ...news,
    points: [...before.points.filter(({ step }) => step < first), ...news.points],
    evaluations: [
      ...before.evaluations.filter(({ step }) => !news.evaluations.some((one) => one.step <= step)),
      ...news.evaluations,
    ],
  }
}
