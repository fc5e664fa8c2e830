// A turn by a template, as pieces: text between special tokens, and the special tokens. Pure strings, no tokenizer.
import type { TextCleaning } from './cleaning.js'
import type { Template, TemplatePart } from './template.js'

/** Where the `<image>` marks of a turn stand. */
export type Marks =
  /** In front, where the template has its place for them; 0 = none. */
  | { readonly kind: 'front'; readonly count: number }
  /** Inside the instruction: offsets in UTF-16 code units, rising; one mark each. */
  | { readonly kind: 'inside'; readonly positions: readonly number[] }

/** What a turn brings. */
export interface Turn {
  readonly instruction: string
  readonly response: string
  readonly marks: Marks
}

/** A piece of a rendered turn. */
export type TurnPiece =
  /** Text between special tokens; `response` is where in it the response begins, null where there is nothing of it. */
  | { readonly kind: 'text'; readonly text: string; readonly response: number | null }
  | { readonly kind: 'image' }
  | { readonly kind: 'answer' }
  | { readonly kind: 'endOfChunk' }
  | { readonly kind: 'token'; readonly name: string }

/** Renders a turn. Texts that follow each other without a special token between them are one piece. */
export function renderTurn(template: Template, turn: Turn, cleaning: TextCleaning): readonly TurnPiece[] {
  const pieces: TurnPiece[] = []
  let text = ''
  let response: number | null = null
  // Blanks that the template has in front of a response are the first of what a model says, so a prompt ends before them.
  let blanks = 0
  const cut = () => {
    if (text !== '' || response !== null) pieces.push({ kind: 'text', text, response })
    text = ''
    response = null
  }
  const special = (piece: TurnPiece) => {
    cut()
    pieces.push(piece)
  }
  // A template that does not show the instruction has no place inside it.
  const hasPlace = template.some((part) => part.kind === 'instruction')
  const inside = turn.marks.kind === 'inside' && hasPlace ? turn.marks.positions : undefined
  const count = turn.marks.kind === 'inside' ? turn.marks.positions.length : turn.marks.count
  const around = template.find((part) => part.kind === 'images')?.around ?? null
  const mark = () => {
    if (around !== null) special({ kind: 'token', name: around })
    special({ kind: 'image' })
    if (around !== null) special({ kind: 'token', name: around })
  }
  const add = (part: TemplatePart) => {
    switch (part.kind) {
      case 'text':
        text += part.text
        break
      case 'images':
        if (inside !== undefined || count === 0) break
        for (let i = 0; i < count; i++) mark()
        text += part.after
        break
      case 'instruction': {
        let from = 0
        for (const position of inside ?? []) {
          const to = wholeCharacter(turn.instruction, position)
          text += cleaning.instruction(turn.instruction.slice(from, to))
          mark()
          from = to
        }
        text += cleaning.instruction(turn.instruction.slice(from))
        break
      }
      case 'response':
        response = text.length - blanks
        text += cleaning.response(turn.response)
        break
      case 'answer':
      case 'endOfChunk':
      case 'token':
        special(part)
        break
      default:
        part satisfies never
    }
  }
  for (const part of template) {
    add(part)
    blanks = part.kind === 'text' ? part.text.length - part.text.trimEnd().length : 0
  }
  cut()
  return pieces
}

/** A position that is not between the halves of a surrogate pair. */
function wholeCharacter(text: string, position: number): number {
  const code = text.charCodeAt(position - 1)
  const next = text.charCodeAt(position)
  return code >= 0xd800 && code < 0xdc00 && next >= 0xdc00 && next < 0xe000 ? position - 1 : position
}
