// The sets of annotations that can be read. A new set is a file beside this one and a line here.
import { activityNetAnnotations } from './activitynet.js'
import type { AnnotationSet } from './annotation-set.js'
import { cocoAnnotations } from './coco.js'
import { cocoPairAnnotations } from './coco-pairs.js'
import { ego4dAnnotations } from './ego4d.js'
import { funQaAnnotations } from './funqa.js'
import { scanReferAnnotations } from './scanrefer.js'
import { spotTheDiffAnnotations } from './spot-the-diff.js'
import { tvcAnnotations } from './tvc.js'
import { vistAnnotations } from './vist.js'

/** Published sets of annotations by name; `annotationSets.coco.read(files)` streams what they say of each visual. */
export const annotationSets = {
  coco: cocoAnnotations,
  'coco-pairs': cocoPairAnnotations,
  'spot-the-diff': spotTheDiffAnnotations,
  'activitynet-captions': activityNetAnnotations,
  vist: vistAnnotations,
  tvc: tvcAnnotations,
  scanrefer: scanReferAnnotations,
  ego4d: ego4dAnnotations,
  funqa: funQaAnnotations,
} as const satisfies Readonly<Record<string, AnnotationSet>>

/** Name of a set. */
export type AnnotationSetName = keyof typeof annotationSets
