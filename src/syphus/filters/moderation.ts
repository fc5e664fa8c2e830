// A call of the moderation that an end point offers, for the texts that passed everything else. Whoever answers stands
// behind `Moderator`; a service that fails is an error, never a pass.
import type { Moderator } from '../../llm/moderation.js'
import type { FilterKind, Objection } from './filter.js'

/** The filter that asks a moderator. */
export const moderationBy = (moderator: Moderator): FilterKind => ({
  title: 'texts that the moderation of the end point flags',
  onlyOfKept: true,
  create: () => ({
    async judge({ instruction, response }) {
      const results = await moderator.moderate([instruction, response])
      return results.flatMap(({ flagged, categories, score }, n): Objection[] => {
        if (!flagged) return []
        const side = n === 0 ? 'instruction' : 'response'
        const reason = `The moderation flags the ${side}: ${categories.join(', ') || 'no category named'}.`
        return [{ action: 'drop', rule: categories[0] ?? 'flagged', reason, ...(score !== undefined && { score }) }]
      })
    },
  }),
})
