// The id of a translation: that of its source with the language behind it, in front of the number of a round, which has to
// stay last for rounds to be known as rounds: `DC_INS_x_zh`, `LACONV_INS_000000033471_zh_2`, `SN_INS_x_zh_round1`.
import { roundOf } from '../../tuple/scene.js'

/** @param language BCP 47 tag */
export function translatedId(id: string, language: string): string {
  const round = roundOf(id)
  if (round === undefined) return `${id}_${language}`
  return `${round.conversation}_${language}${id.slice(round.conversation.length)}`
}
