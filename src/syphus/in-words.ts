// Parts of annotations as lines of a prompt.
import type { NormalisedBox, VisualAnnotation, VisualCaption, VisualSegment } from '../import/annotations/annotation.js'

/** Whether a text says anything. */
export const hasWords = (text: string | null | undefined): text is string => text != null && /[\p{L}\p{N}]/u.test(text)

/** Captions that say anything, of one visual or of all together, each text once. */
export function captionsOf({ captions }: VisualAnnotation, mediaId?: string | null): readonly string[] {
  const own = (caption: VisualCaption) => mediaId === undefined || caption.mediaId === mediaId
  return [...new Set(captions.filter(own).map(({ text }) => oneLine(text)))].filter(hasWords)
}

/** Moments that say anything, in the order of time. */
export function segmentsOf({ segments }: VisualAnnotation): readonly VisualSegment[] {
  return segments
    .filter(({ text }) => hasWords(text))
    .map((segment) => ({ ...segment, text: oneLine(segment.text) }))
    .sort((a, b) => a.startSeconds - b.startSeconds || a.endSeconds - b.endSeconds)
}

/** A text without line breaks, which would look like lines of ours. */
export const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()

/** A titled list, or nothing where it would be empty. */
export function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [[`${title}:`, ...lines.map((line) => `- ${line}`)].join('\n')]
}

/** Objects of a visual with their boxes: `dog: 0.25, 0.25, 0.75, 1.00`. */
export function objectLines({ objects }: VisualAnnotation, mediaId?: string): readonly string[] {
  return objects
    .filter((object) => mediaId === undefined || object.mediaId === mediaId)
    .map(({ category, box, crowd }) => `${category}${crowd ? ' (a group of them)' : ''}: ${boxInWords(box)}`)
}

const boxInWords = (box: NormalisedBox) => box.map((share) => share.toFixed(2)).join(', ')

/** `12-34 s`, as far as whole seconds tell moments apart. */
export function spanInWords({ startSeconds, endSeconds }: VisualSegment): string {
  return `${Math.round(startSeconds)}-${Math.round(endSeconds)} s`
}

/** Sections with an empty line between them. */
export const paragraphs = (...sections: readonly (readonly string[])[]) => sections.flat().join('\n\n')

/** A text with a capital letter in front. */
export const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
