// What a tokenizer is to mimicit: text in, ids out, and the special tokens apart. Text of a user never becomes a special
// token: `encode` treats "<image>" inside an instruction as the seven characters it is.

/** The special tokens of an Otter vocabulary, as ids. */
export interface SpecialTokens {
  readonly bos: number
  readonly eos: number
  readonly pad: number
  /** `<image>`: the k-th mark of a row belongs to the k-th media slot. */
  readonly image: number
  /** `<answer>`: what follows is the response. */
  readonly answer: number
  /** `<|endofchunk|>`: the end of one turn. */
  readonly endOfChunk: number
}

/** A tokenizer as the loader and the model use it. */
export interface Tokenizer {
  /** Short name for file names and messages: `bytes`, `gpt2`. */
  readonly name: string
  /** 16 hex digits over everything that changes ids; part of the loader's plan. */
  readonly fingerprint: string
  /** Number of ids, special ones included: the rows of the embedding. */
  readonly vocabSize: number
  readonly special: SpecialTokens
  /** The id of another special token by its name (`<end_of_utterance>`), or undefined if there is no such token. */
  tokenId(name: string): number | undefined
  /** Ids of plain text; never contains a special id. */
  encode(text: string): number[]
  /** Text of ids; special ids are left out. */
  decode(ids: ArrayLike<number>): string
}
