// Every label policy by name. A new one is a file and a line here.
import type { LabelPolicy } from './label-policy.js'
import { openFlamingo, openFlamingoPairs } from './open-flamingo.js'
import { aug23, head, v01, v02, v02Unmasked } from './otter.js'
import { query } from './query.js'

/** Every label policy by name. */
export const labelPolicies: Readonly<Record<string, LabelPolicy>> = {
  head,
  query,
  'v0.1': v01,
  'v0.2': v02,
  'v0.2-unmasked': v02Unmasked,
  'aug-23': aug23,
  of: openFlamingo,
  'of-pairs': openFlamingoPairs,
}
