// Which parameters training may change.

/** What is trained: what the published models trained, or everything. */
export type Trainable = 'published' | 'all'

/**
 * Names that training changes, out of all names.
 *
 * `published`: the perceiver, the gated cross-attention blocks, the input embedding and an untied head (Otter on LLaMA);
 * the vision tower and the language model's own layers stay as they are.
 */
export function trainableNames(
  names: Iterable<string>,
  trainable: Trainable,
  keys: { readonly embeddingKey: string; readonly headKey: string },
): Set<string> {
  const all = [...names]
  if (trainable === 'all') return new Set(all)
  const published = (name: string) =>
    name.startsWith('perceiver.') ||
    name.includes('.gated_cross_attn_layer.') ||
    name === keys.embeddingKey ||
    name === keys.headKey
  return new Set(all.filter(published))
}
