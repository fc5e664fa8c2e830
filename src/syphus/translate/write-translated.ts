// The translated data set: pictures and pairs as they were, translations behind them, each with the media of its source and
// a note of where it comes from; and every context table again in each language, as far as its examples were translated.

import type { OnProgress } from '../../base/progress.js'
import { copyMedia, copyPairs, lazyContext, mappedContexts, numbered } from '../../layout/copy-rows.js'
import { contextRows } from '../../shards/context-rows.js'
import type { Dataset } from '../../shards/dataset.js'
import type { DatasetWriter } from '../../shards/dataset-writer.js'
import type { ContextRow, Pair } from '../../tuple/tuple.js'
import type { TargetLanguage } from './target-language.js'
import { translatedId } from './translated-id.js'
import type { Translation, Translations } from './translations.js'

/** What is written. */
export interface TranslatedParts {
  readonly dataset: Dataset
  readonly made: Translations
  readonly targets: readonly TargetLanguage[]
  readonly withSource: boolean
  /** Name of whoever translated. */
  readonly by: string
  /** Scores of translations that were translated back, by their number. */
  readonly scores: ReadonlyMap<number, number>
  readonly onProgress?: OnProgress | undefined
}

/** Fills a writer. */
export async function writeTranslated(writer: DatasetWriter, parts: TranslatedParts): Promise<void> {
  const { dataset, made, targets, withSource, onProgress } = parts
  const { pairs, media } = dataset.manifest.tables
  const watch = { onProgress }
  await copyMedia(writer, dataset, () => true, watch)
  const kept = new Uint8Array(pairs.rows).fill(withSource ? 1 : 0)
  const map = { pairs: numbered(kept), media: numbered(new Uint8Array(media.rows).fill(1)) }
  if (withSource) await copyPairs(writer, dataset, map, watch)
  for (const [number, translation] of made.all()) {
    onProgress?.({ stage: 'writing translations', done: number, total: made.count, unit: 'pairs' })
    await writer.addPair(translated(await dataset.pair(translation.row), translation, number, parts))
  }
  const first = withSource ? pairs.rows : 0
  for (const [name, { select }] of Object.entries(dataset.manifest.contexts)) {
    const table = lazyContext(writer, name, select)
    for await (const row of mappedContexts(dataset, name, map.pairs)) await table.add(row)
    for (const target of targets.keys()) {
      for await (const row of contextRows(dataset, name)) {
        const translated = contextOf(row, (each) => made.numberOf(each, target), first)
        if (translated !== undefined) await table.add(translated)
      }
    }
  }
}

/** A row of a context table in another language: what was not translated is left out. */
function contextOf({ query, contexts, scores }: ContextRow, numberOf: (row: number) => number, first: number) {
  const number = numberOf(query)
  if (number < 0) return undefined
  const kept = contexts.flatMap((row, k) => (numberOf(row) < 0 ? [] : [k]))
  return {
    query: first + number,
    contexts: kept.map((k) => first + numberOf(contexts[k]!)),
    scores: scores === null ? null : kept.map((k) => scores[k]!),
  }
}

function translated(
  source: Pair,
  { target, instruction, response, warnings }: Translation,
  number: number,
  { targets, by, scores }: TranslatedParts,
): Pair {
  const { tag } = targets[target]!
  const score = scores.get(number)
  const metadata = {
    ...(source.metadata === null ? {} : (JSON.parse(source.metadata) as Readonly<Record<string, unknown>>)),
    translation_of: source.id,
    translated_from: source.language,
    translated_by: by,
    ...(warnings.length > 0 && { translation_warnings: warnings }),
    ...(score !== undefined && { back_translation_chrf: Number(score.toFixed(4)) }),
  }
  return {
    ...source,
    ...{ id: translatedId(source.id, tag), language: tag, instruction, response },
    // Positions are those in another text; the marks stand in front, once for each picture.
    mediaPositions: source.mediaPositions === null ? null : source.media.map(() => 0),
    metadata: JSON.stringify(metadata),
  }
}
