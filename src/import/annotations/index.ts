// The sets of annotations that can be read. A new set is a file beside this one and a line here.
import { activityNetAnnotations } from './activitynet.js'
import type { AnnotationSet } from './annotation-set.js'
import { cocoAnnotations } from './coco.js'
import { spotTheDiffAnnotations } from './spot-the-diff.js'
import { tvcAnnotations } from './tvc.js'
import { vistAnnotations } from './vist.js'

/** Published sets of annotations by name; `annotationSets.coco.read(files)` streams what they say of each visual. */
export const annotationSets = {
  coco: cocoAnnotations,
  'spot-the-diff': spotTheDiffAnnotations,
  'activitynet-captions': activityNetAnnotations,
  vist: vistAnnotations,
  tvc: tvcAnnotations,
} as const satisfies Readonly<Record<string, AnnotationSet>>
