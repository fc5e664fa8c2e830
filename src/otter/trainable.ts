// Which parameters training may change. A new choice is one entry of `choices`.

/** Names of the parts that a choice goes by. */
interface Keys {
  readonly embeddingKey: string
  readonly headKey: string
}

const isConnector = (name: string) => name.startsWith('perceiver.') || name.includes('.gated_cross_attn_layer.')

const choices = {
  /**
   * What the published models trained: the perceiver, the gated cross-attention blocks, the input embedding and an untied
   * head (Otter on LLaMA); the vision tower and the language model's own layers stay as they are.
   */
  published: (name: string, { embeddingKey, headKey }: Keys) =>
    isConnector(name) || name === embeddingKey || name === headKey,
  /** The perceiver and the gated cross-attention blocks, and of the embedding only the rows of the added tokens. */
  'added-rows': (name: string, { embeddingKey }: Keys) => isConnector(name) || name === embeddingKey,
  /** The perceiver and the gated cross-attention blocks. */
  'frozen-embeddings': (name: string) => isConnector(name),
  /** Everything. */
  all: () => true,
} as const

/** What is trained. */
export type Trainable = keyof typeof choices

/** All of them. */
export const trainableChoices = Object.keys(choices) as [Trainable, ...Trainable[]]

/** Names that training changes, out of all names. */
export function trainableNames(names: Iterable<string>, trainable: Trainable, keys: Keys): Set<string> {
  return new Set([...names].filter((name) => choices[trainable](name, keys)))
}
