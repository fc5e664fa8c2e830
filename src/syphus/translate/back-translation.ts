// A sample of translations, translated back and held against its source: a low score is a sign that something was lost on the
// way there. The score is a figure for the whole and a hint for each; nothing is dropped for it.
import { randomStream } from '../../base/random.js'
import { type AskAllOptions, askAll } from '../../llm/ask-all.js'
import type { Ask } from '../../llm/chat.js'
import type { Dataset } from '../../shards/dataset.js'
import { pairList } from '../output-form.js'
import { parseReply } from '../parse/parse-reply.js'
import { chrF } from './chrf.js'
import { type PairTexts, translationRequest } from './request.js'
import type { TargetLanguage } from './target-language.js'
import type { Translations } from './translations.js'

/** What to translate back. */
export interface BackTranslation {
  readonly dataset: Dataset
  readonly made: Translations
  readonly from: TargetLanguage
  readonly targets: readonly TargetLanguage[]
  /** Share of the translations. */
  readonly share: number
  readonly seed: number
}

interface Subject {
  readonly number: number
  readonly source: PairTexts
}

/** Scores of the sample, by the number of the translation; those without a sound reply have none. */
export async function backTranslate(
  parts: BackTranslation,
  asking: Omit<AskAllOptions<unknown>, 'review'>,
): Promise<ReadonlyMap<number, number>> {
  const scores = new Map<number, number>()
  if (parts.share === 0) return scores
  for await (const answered of askAll<unknown>(sampleAsks(parts), asking)) {
    if (answered.kind === 'failure') continue
    const parsed = parseReply(pairList, answered.reply)
    const back = 'pairs' in parsed && parsed.pairs.length === 1 ? parsed.pairs[0] : undefined
    const { number, source } = answered.ask.subject as Subject
    if (back !== undefined) scores.set(number, chrF(joined(back), joined(source)))
  }
  return scores
}

const joined = ({ instruction, response }: PairTexts) => `${instruction}\n${response}`

async function* sampleAsks({
  dataset,
  made,
  from,
  targets,
  share,
  seed,
}: BackTranslation): AsyncGenerator<Ask<unknown>> {
  for (const [number, translation] of made.all()) {
    const to = targets[translation.target]!
    const source = await dataset.pair(translation.row)
    if (randomStream('back-translation', seed, source.id, to.tag).float() >= share) continue
    const subject: Subject = { number, source }
    yield { id: `${source.id} ${to.tag} back`, request: translationRequest([translation], to, from), subject }
  }
}
