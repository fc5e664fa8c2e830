// Every caption metric by name: a new one is a file and a line here.
import { bleu } from './bleu.js'
import type { CaptionMetric } from './caption-set.js'
import { cider, ciderD } from './cider.js'
import { meteor } from './meteor.js'
import { rougeL } from './rouge-l.js'

/** Every metric by name; `bleu` gives four scores. */
export const captionMetrics = {
  bleu,
  meteor,
  'rouge-l': rougeL,
  cider,
  'cider-d': ciderD,
} as const satisfies Readonly<Record<string, CaptionMetric>>

/** The name of a metric. */
export type CaptionMetricName = keyof typeof captionMetrics
