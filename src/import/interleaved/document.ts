// A document in which texts and pictures alternate, as one pair. Three spellings are read: `content` (texts and
// `{image: path}`), the parallel lists `texts` and `images` of OBELICS, and `text_list` with `image_info` of MMC4.
import { badRecord, neededText, parseOwnRecord, pictureId, texts } from '../own-record.js'
import type { SourcePair } from '../source.js'

/** A piece of a document. */
type Piece = { readonly text: string } | { readonly image: string }

/** What a document says of its pair. */
export type InterleavedDocument = {
  readonly id: string | undefined
  readonly instruction: string
  readonly response: string
} & Pick<SourcePair, 'mediaIds' | 'mediaPositions' | 'related' | 'subset' | 'split' | 'language' | 'metadata'>

/** Between the texts of OBELICS and MMC4, which are paragraphs and sentences without their gaps. */
const PARAGRAPH = '\n\n'
const SENTENCE = ' '

/**
 * Reads a document.
 *
 * With a field `response` (or `answer`, `output`) all of its text is the instruction. Without one it is split: what follows
 * the last picture is the response, since only a response is learned from and that is the text which has seen every
 * picture; of a document without pictures it is the last piece of text. Instruction and response then are the whole
 * document, in order, and the metadata says `"document": true`. A document that ends with a picture has an empty response:
 * nothing of it is learned until somebody gives it one.
 *
 * A field `instruction` stands in front of everything.
 * @param where file and line, for messages
 * @throws MimicitError MIMICIT_BAD_RECORD
 */
export function parseDocument(value: unknown, where: string): InterleavedDocument {
  const { id, instruction, response, context, rest, ...known } = parseOwnRecord(value, where)
  const { content, texts: textList, images, text_list, image_info, ...metadata } = rest
  const spelt = [content, textList, text_list].filter((field) => field !== undefined && field !== null)
  if (spelt.length !== 1) throw badRecord('one of content, texts and text_list', where, Object.keys(rest))
  const pieces =
    content !== undefined && content !== null
      ? contentPieces(content, `field content of ${where}`)
      : textList !== undefined && textList !== null
        ? parallelPieces(textList, images, where)
        : sentencePieces(text_list, image_info, where)
  const all = instruction === undefined ? pieces : [{ text: instruction }, ...pieces]
  // With a response of its own everything belongs to the instruction.
  const from = response === undefined ? responseFrom(all) : all.length
  let text = ''
  const mediaIds: string[] = []
  const positions: number[] = []
  for (const piece of all.slice(0, from)) {
    if ('text' in piece) text += piece.text
    else {
      mediaIds.push(piece.image)
      positions.push(text.length)
    }
  }
  const rear = all.slice(from).map((piece) => ('text' in piece ? piece.text : ''))
  return {
    ...known,
    id,
    instruction: text,
    response: response ?? rear.join(''),
    mediaIds,
    mediaPositions: positions.every((position) => position === 0) ? null : positions,
    related: context,
    metadata: response === undefined ? { ...metadata, document: true } : metadata,
  }
}

/** Where the response of a document without one begins. */
function responseFrom(pieces: readonly Piece[]): number {
  const last = pieces.findLastIndex((piece) => 'image' in piece)
  return last < 0 ? Math.max(0, pieces.length - 1) : last + 1
}

function contentPieces(content: unknown, where: string): Piece[] {
  if (!Array.isArray(content)) throw badRecord('a list of texts and pictures', where, content)
  return (content as unknown[]).map((item, n) => {
    const at = `item ${n} of ${where}`
    if (typeof item === 'string') return { text: neededText(item, at) }
    const { image, text } = (item ?? {}) as Record<string, unknown>
    if (typeof image === 'string') return { image: pictureId(neededText(image, at), at) }
    if (typeof text === 'string') return { text: neededText(text, at) }
    throw badRecord('a text or {image: path}', at, item)
  })
}

/** Two lists of one length; at each place one of them has something. */
function parallelPieces(textList: unknown, images: unknown, where: string): Piece[] {
  if (!Array.isArray(textList) || !Array.isArray(images) || textList.length !== images.length) {
    throw badRecord('lists texts and images of one length', where, [textList, images])
  }
  const pieces: Piece[] = []
  let gap = ''
  for (const [n, text] of (textList as unknown[]).entries()) {
    const image = (images as unknown[])[n] ?? undefined
    const at = `place ${n} of ${where}`
    if ((text ?? undefined) !== undefined && image !== undefined) throw badRecord('a text or a picture', at, 'both')
    if (image !== undefined) pieces.push({ image: pictureId(neededText(image, at), at) })
    else if ((text ?? undefined) !== undefined) {
      pieces.push({ text: gap + neededText(text, at) })
      gap = PARAGRAPH
    }
  }
  return pieces
}

/** Sentences, and pictures that stand in front of the sentence which they match. */
function sentencePieces(sentences: unknown, info: unknown, where: string): Piece[] {
  const listed = texts(sentences, `field text_list of ${where}`)
  if (!Array.isArray(info)) throw badRecord('a list of pictures', `field image_info of ${where}`, info)
  const before = new Map<number, Piece[]>()
  for (const [n, item] of (info as unknown[]).entries()) {
    const at = `picture ${n} of ${where}`
    const { image_name, matched_text_index: index } = (item ?? {}) as Record<string, unknown>
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= listed.length) {
      throw badRecord(`a matched_text_index below ${listed.length}`, at, index)
    }
    const pictures = before.get(index) ?? []
    pictures.push({ image: pictureId(neededText(image_name, at), at) })
    before.set(index, pictures)
  }
  const pieces: Piece[] = []
  for (const [n, text] of listed.entries()) {
    for (const picture of before.get(n) ?? []) pieces.push(picture)
    pieces.push({ text: n === 0 ? text : `${SENTENCE}${text}` })
  }
  return pieces
}
