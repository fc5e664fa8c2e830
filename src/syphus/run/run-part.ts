// One part of a run of Syphus: the asks of its share of the annotations, answered into a journal of its own. Shares go by
// the first picture or video, so what is asked about one of them stays together. The data set is made by the run that joins
// the journals: it finds everything answered, asks what is missing, and is the same as if there had been no parts.
import { resolve } from 'node:path'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import { openScratch } from '../../io/spill.js'
import type { Spent } from '../../llm/budget.js'
import { type ModelOptions, openModelSession } from '../../llm/model-session.js'
import { isInPart, type Part, partName } from '../../work/part.js'
import { chosenAnnotations } from './annotations.js'
import { askAbout } from './ask-about.js'
import { noCounts } from './counts.js'
import { linesFile } from './lines-file.js'
import { makePairs } from './make-pairs.js'
import type { SyphusOptions } from './options.js'
import { parts } from './run-syphus.js'
import { openVisuals } from './visuals.js'

/** What was done of a part. */
export interface SyphusPartSummary {
  readonly part: Part
  /** Annotations that were asked about, and those whose answer came to nothing. */
  readonly asked: number
  readonly invalid: number
  readonly spent: Spent
  readonly journal: string
}

/**
 * Does a part.
 * @param options as those of the whole run, but for the model's journal, which is that of the part
 * @throws MimicitError as `runSyphus`
 */
export async function runSyphusPart(
  options: SyphusOptions & { readonly model: ModelOptions },
  part: Part,
): Promise<SyphusPartSummary> {
  const { settings, task, set, prompts, where } = await parts(options)
  const folder = settings.images === undefined ? undefined : await openVisuals(settings.images, task)
  const counts = noCounts()
  const session = await openModelSession(options.model, options.onFound)
  const scratch = await openScratch(`${resolve(settings.out)}-${partName(part)}`, 'syphus')
  // Told by the run that joins the parts.
  const untold = await linesFile(`${scratch.path}/invalid.jsonl`)
  try {
    const chosen = chosenAnnotations(set, settings.annotations, scratch.path, settings)
    const { missing } = settings
    const asks = askAbout(shareOf(chosen, part), { task, prompts, folder, missing, invalid: untold, counts, where })
    const { signal, onMeter } = options
    let invalid = 0
    for await (const { kind } of makePairs(task, asks, { ...session.asking, signal, onMeter })) {
      if (kind === 'invalid') invalid++
    }
    const spent = session.asking.budget.spent()
    return { part, asked: counts.asked, invalid, spent, journal: session.journal.path }
  } finally {
    await untold.close()
    await session.close()
    await scratch.remove()
  }
}

async function* shareOf(annotations: AsyncIterable<VisualAnnotation>, part: Part): AsyncGenerator<VisualAnnotation> {
  for await (const annotation of annotations) {
    if (isInPart(part, annotation.mediaIds[0] ?? annotation.id)) yield annotation
  }
}
