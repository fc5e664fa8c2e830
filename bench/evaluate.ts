// What evaluation costs, in processor time: caption metrics over as many pictures as a validation set has, words made on the way.
import { randomStream } from '../src/base/random.js'
import { scoreCaptions } from '../src/evaluate/captions/evaluate-captions.js'
import type { CaptionItem } from '../src/evaluate/metrics/caption-set.js'
import { type CaptionMetricName, captionMetrics } from '../src/evaluate/metrics/index.js'
import { captionTokenisers } from '../src/evaluate/tokens/index.js'
import { type Bench, cpuInTurn } from './harness.js'

const ROUNDS = 3
/** Seconds of one core that all metrics together may take for 5,000 pictures with 5 references. */
const BOUND_S = 5

/** `npm run bench -- evaluate [pictures] [references of each]` */
export const evaluateBench: Bench = async (report, [pictures = '5000', references = '5']) => {
  const items = captions(Number(pictures), Number(references))
  const texts = items.flatMap((item) => [item.candidate, ...item.references])
  const names = Object.keys(captionMetrics) as CaptionMetricName[]
  const times = await cpuInTurn(ROUNDS, {
    all: async () => scoreCaptions(items),
    words: async () => texts.map(captionTokenisers.ptb),
    ...Object.fromEntries(names.map((name) => [name, async () => scoreCaptions(items, { metrics: [name] })])),
  } as Record<'all' | 'words' | CaptionMetricName, () => Promise<unknown>>)
  const of = `${pictures} pictures, ${references} references`
  report({ metric: `all metrics: ${of}`, value: times.all / 1000, unit: 's', bound: BOUND_S })
  report({ metric: 'of that: making words', value: times.words / 1000, unit: 's' })
  for (const name of names) report({ metric: `${name} alone, with its words`, value: times[name] / 1000, unit: 's' })
}

/** Captions of about ten words whose frequencies fall as those of a language do. */
function captions(pictures: number, references: number): CaptionItem[] {
  const random = randomStream('bench captions')
  const word = () => `w${Math.floor(Math.exp(random.float() * Math.log(8000)))}`
  const caption = () => {
    const words = Array.from({ length: 7 + random.below(7) }, word)
    return `A ${words.join(' ')}.`
  }
  return Array.from({ length: pictures }, (_, i) => ({
    id: String(i),
    candidate: caption(),
    references: Array.from({ length: references }, caption),
  }))
}
