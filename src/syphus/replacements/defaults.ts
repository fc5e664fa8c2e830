// Slips that are known of the published data and of models in general.
import type { Replacement } from './replacement.js'

/** Applied unless a run has rules of its own. */
export const DEFAULT_REPLACEMENTS: readonly Replacement[] = [
  // A prompt that says "the user (you)" comes back in the answers (paper, version 2).
  { name: 'user-is-you', find: String.raw`\bthe user \(you\)`, replace: 'you', regex: true, ignoreCase: true },
  { name: 'user-is-i', find: String.raw`\bthe user \((?:I|me)\)`, replace: 'I', regex: true, ignoreCase: true },
  {
    name: 'wearer-is-you',
    find: String.raw`\bthe (?:camera[- ]wearer|cameraman|person wearing the camera) \(you\)`,
    replace: 'you',
    regex: true,
    ignoreCase: true,
  },
  // Narrations of Ego4D call the wearer C and others by letters.
  { name: 'narration-c', find: String.raw`#C C\b`, replace: 'I', regex: true, languages: ['en'] },
  { name: 'narration-unsure', find: String.raw`\s*#unsure\b`, replace: ' something', regex: true, ignoreCase: true },
  {
    name: 'label-left',
    find: String.raw`^\s*(?:\*\*)?(?:Question|Answer|Q|A)\s*\d*\s*:(?:\*\*)?\s*`,
    replace: '',
    regex: true,
  },
  { name: 'bold-mark', find: String.raw`\*\*([^*\n]+)\*\*`, replace: '$1', regex: true },
  {
    name: 'blank-before-mark',
    find: String.raw`(\p{L}) +([,.](?:\s|$))`,
    replace: '$1$2',
    regex: true,
    languages: ['en', 'de', 'es'],
  },
  { name: 'zero-width', find: String.raw`[\u200b\u2060\ufeff]`, replace: '', regex: true },
  { name: 'wide-blanks', find: String.raw`[ \t\u00a0]{2,}`, replace: ' ', regex: true },
]
