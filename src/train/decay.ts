// Which parameters weight decay pulls at: the rules of the published models, by name, behind one registry.

/** Whether the parameter of that name decays. */
export type DecayRule = (name: string) => boolean

const inBlock: DecayRule = (name) => name.includes('gated_cross_attn_layer')

/** A new rule is one line here. */
export const decayRules = {
  /**
   * Otter's: weights of the gated cross-attention blocks, without gates, norms and biases. It goes by name, so the norm
   * that is called `ff.0` does decay; we keep that, because the published models were trained so.
   */
  otter: (name) => inBlock(name) && !['ff_gate', 'attn_gate', 'norm', 'bias'].some((part) => name.includes(part)),
  /** OpenFlamingo's: everything in the gated cross-attention blocks, gates, norms and biases included. */
  openflamingo: inBlock,
} as const satisfies Readonly<Record<string, DecayRule>>

/** A name of `decayRules`. */
export type DecayRuleName = keyof typeof decayRules
