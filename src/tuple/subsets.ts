// The subsets of MIMIC-IT and what is special to each (paper, table 1 and section 3.2). A subset that is not listed is
// treated as pictures with a text: a new one is one line here.
import type { MediaKind } from './tuple.js'

/** How the visuals of a turn become `<image>` marks and media slots; see loader/media-layout.ts. */
export type MediaLayoutName = 'in-context' | 'multi-turn' | 'video' | 'pair-as-frames' | 'pair-as-images' | 'text-only'

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

const fallback = pictures('Pictures with instructions')

/** The preset of a subset; a subset without one is pictures with a text. */
export function subsetPreset(name: string): SubsetPreset {
  return (Object.hasOwn(subsets, name) ? subsets[name] : undefined) ?? fallback
}
