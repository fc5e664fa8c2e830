// The subsets of MIMIC-IT and what is special to each (paper, table 1 and section 3.2). A subset that is not listed is
// treated as pictures with a text: a new one is one line here.
import type { MediaKind } from './tuple.js'

/** How the visuals of a turn become `<image>` marks and media slots; see loader/media-layout.ts. */
export const MEDIA_LAYOUTS = [
  'in-context',
  'multi-turn',
  'interleaved',
  'video',
  'pair-as-frames',
  'pair-as-images',
  'text-only',
] as const
/** One of them. */
export type MediaLayoutName = (typeof MEDIA_LAYOUTS)[number]

/** What mimicit knows of a subset. */
export interface SubsetPreset {
  readonly title: string
  /** What visuals its pairs have when they have any. */
  readonly mediaKind: Exclude<MediaKind, 'none'>
  /** How its visuals are laid out in a batch unless the caller says otherwise. */
  readonly layout: MediaLayoutName
  /** Which end of a stored context list is nearest to the query: retrieved lists begin with it, rounds end with it. */
  readonly nearest: 'first' | 'last'
}

const images = { mediaKind: 'images', nearest: 'first' } as const
const pictures = (title: string): SubsetPreset => ({ title, ...images, layout: 'in-context' })
const rounds = (title: string): SubsetPreset => ({ title, ...images, layout: 'multi-turn', nearest: 'last' })
const twoPictures = (title: string): SubsetPreset => ({ title, ...images, layout: 'pair-as-images' })
const frames = (title: string): SubsetPreset => ({ title, mediaKind: 'video', nearest: 'first', layout: 'video' })

/** Every subset with a preset of its own, by task code. */
export const subsets: Readonly<Record<string, SubsetPreset>> = {
  LA: pictures('LLaVA-Interleaved'),
  LACR_I2I: pictures('LLaVA-Interleaved, complex reasoning, contexts by image'),
  LACR_T2T: pictures('LLaVA-Interleaved, complex reasoning, contexts by text'),
  LACONV: rounds('LLaVA-Interleaved, conversation rounds'),
  LLaVA: rounds('LLaVA conversations'),
  LADD: pictures('LLaVA-Interleaved, detailed description'),
  CGD: twoPictures('COCO general difference'),
  SD: twoPictures('Spot the difference'),
  VST: pictures('Visual storytelling'),
  SN: rounds('Indoor event planning (scene navigation)'),
  DC: frames('Dense captions'),
  TVC: frames('TV captions'),
  E4D: frames('Ego4D, first person'),
  FunQA: frames('FunQA'),
}

/** Pictures stand where the source says, which is in front unless it says otherwise. */
const fallback: SubsetPreset = { title: 'Pictures with instructions', ...images, layout: 'interleaved' }

/** The preset of a subset; a subset without one is pictures with a text. */
export function subsetPreset(name: string): SubsetPreset {
  return (Object.hasOwn(subsets, name) ? subsets[name] : undefined) ?? fallback
}

/** The layout of a pair: that of its subset, and of a subset without a preset that of its visuals. */
export function layoutOf(subset: string, kind: MediaKind): MediaLayoutName {
  return kind === 'video' && !Object.hasOwn(subsets, subset) ? 'video' : subsetPreset(subset).layout
}
