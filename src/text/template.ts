// A template says how one turn (a context or the query) becomes text and marks. It is data, written as a tagged literal:
// text as it stands, with places for what a turn brings. Nothing that a user wrote ever becomes a mark: marks are places of
// the template. Every template is a line in templates.ts.

/** A place in a template. */
export type Place =
  /** The marks of the turn's pictures where they stand in front: one `<image>` for each media slot. */
  | {
      readonly kind: 'images'
      /** A special token on both sides of each mark, also of those inside the instruction; null = none. */
      readonly around: string | null
      /** Text behind the last mark; a turn without marks does not have it. */
      readonly after: string
    }
  | { readonly kind: 'instruction' }
  /** `<answer>` */
  | { readonly kind: 'answer' }
  | { readonly kind: 'response' }
  /** `<|endofchunk|>` */
  | { readonly kind: 'endOfChunk' }
  /** Another special token, by its name; where a tokenizer has no such token, its name as text. */
  | { readonly kind: 'token'; readonly name: string }

/** A part of a template. */
export type TemplatePart = Place | { readonly kind: 'text'; readonly text: string }

/** A template: its parts in order. The special token behind the response, if there is one, closes the answer. */
export type Template = readonly TemplatePart[]

/** Places as a template literal names them. */
export const place = {
  images: { kind: 'images', around: null, after: '' },
  instruction: { kind: 'instruction' },
  answer: { kind: 'answer' },
  response: { kind: 'response' },
  endOfChunk: { kind: 'endOfChunk' },
} as const satisfies Readonly<Record<string, Place>>

/** Marks with a special token around each, or text behind the last. */
export const imagesWith = ({
  around = null,
  after = '',
}: {
  readonly around?: string | null
  readonly after?: string
}) => ({ kind: 'images', around, after }) as const

/** A special token by its name. */
export const token = (name: string) => ({ kind: 'token', name }) as const

/** Makes a template: `` turn`${place.images}User:${place.instruction} …` ``. */
export function turn(texts: TemplateStringsArray, ...places: readonly Place[]): Template {
  return texts.flatMap((text, i): TemplatePart[] => [
    ...(text === '' ? [] : [{ kind: 'text', text } as const]),
    ...(i < places.length ? [places[i]!] : []),
  ])
}
