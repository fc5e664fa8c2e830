// Templates: how one turn (a context or the query) becomes text and marks. The text of a user never contains a mark; the
// marks are parts of their own. A new template is one line in `templates`.

/** A piece of a turn. */
export type TurnPart =
  | { readonly kind: 'text'; readonly text: string }
  /** One `<image>` for each media slot of the turn. */
  | { readonly kind: 'images' }
  | { readonly kind: 'answer' }
  | { readonly kind: 'response'; readonly text: string }
  | { readonly kind: 'endOfChunk' }

/** What a template is given. */
export interface Turn {
  readonly instruction: string
  readonly response: string
}

/** A template: the parts of a turn, in order. */
export type Template = (turn: Turn) => readonly TurnPart[]

const text = (content: string): TurnPart => ({ kind: 'text', text: content })
const images: TurnPart = { kind: 'images' }
const answer: TurnPart = { kind: 'answer' }
const response = (content: string): TurnPart => ({ kind: 'response', text: content })
const endOfChunk: TurnPart = { kind: 'endOfChunk' }

/** Every template by name. */
export const templates: Readonly<Record<string, Template>> = {
  /** Otter's training code since August 2023: `<image>User:{q} GPT:<answer>{a}<|endofchunk|>`. */
  simple: (turn) => [images, text(`User:${turn.instruction} GPT:`), answer, response(turn.response), endOfChunk],
  /** Otter v0.2, its demos and the paper: the same with blanks. Models trained before August 2023 saw these. */
  'simple-blanks': (turn) => [
    images,
    text(`User: ${turn.instruction} GPT:`),
    answer,
    response(` ${turn.response}`),
    endOfChunk,
  ],
}
