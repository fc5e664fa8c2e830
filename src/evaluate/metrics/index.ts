// Every caption metric by name: a new one is a file and a line here.
import { bleu } from './bleu.js'
import type { CaptionMetric } from './caption-set.js'
import { cider, ciderD } from './cider.js'
import { meteor } from './meteor.js'
import { rougeL } from './rouge-l.js'

/** Every metric by name; `bleu` gives four scores. */
export const captionMetrics = {
  /** BLEU-1 to BLEU-4 of the whole set. */
  bleu,
  /** METEOR with its exact and stem modules. */
  meteor,
  /** ROUGE-L, the longest common subsequence. */
  'rouge-l': rougeL,
  /** CIDEr, n-grams weighed by how rare they are. */
  cider,
  /** CIDEr-D: the same with clipped counts and a penalty for length. */
  'cider-d': ciderD,
} as const satisfies Readonly<Record<string, CaptionMetric>>

/** The name of a metric. */
export type CaptionMetricName = keyof typeof captionMetrics
