// What is asked, annotation by annotation. What an annotation lacks, or that its pictures are not there, is found before
// anybody is paid for an answer.
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import type { Ask } from '../../llm/chat.js'
import { askOf, type PromptSettings, type SyphusSubject } from '../request.js'
import type { Task } from '../task.js'
import type { RunCounts } from './counts.js'
import type { LinesFile } from './lines-file.js'
import type { MissingPolicy } from './options.js'
import { missingPictures, type VisualFolder } from './visuals.js'

/** What it takes to ask. */
export interface AskParts {
  readonly task: Task
  readonly prompts: PromptSettings
  /** @default nobody wants pictures */
  readonly folder: VisualFolder | undefined
  readonly missing: MissingPolicy
  /** Where it is told what was left out. */
  readonly invalid: LinesFile
  readonly counts: RunCounts
  /** The annotation files, for messages. */
  readonly where: string
}

/** Asks about each. @throws MimicitError MIMICIT_NOT_FOUND for pictures that are not there, where that is the policy */
export async function* askAbout(
  annotations: AsyncIterable<VisualAnnotation>,
  { task, prompts, folder, missing, invalid, counts, where }: AskParts,
): AsyncGenerator<Ask<SyphusSubject>> {
  for await (const annotation of annotations) {
    for (const fault of annotation.faults ?? []) {
      counts.faults++
      await invalid.add({ what: 'object', annotation: annotation.id, code: 'outside', reason: fault })
    }
    const lack = task.lacks(annotation)
    if (lack !== null) {
      counts.lacking++
      await invalid.add({ what: 'annotation', annotation: annotation.id, code: 'lacks', reason: `It has not ${lack}.` })
      continue
    }
    const visuals = await folder?.find(annotation)
    if (visuals !== undefined && 'missing' in visuals && missing !== 'keep') {
      const fault = missingPictures(annotation, visuals.missing, where)
      if (missing === 'error') throw fault
      counts.withoutPictures++
      await invalid.add({ what: 'annotation', annotation: annotation.id, code: 'no-pictures', reason: fault.message })
      continue
    }
    counts.asked++
    yield askOf(task, annotation, prompts)
  }
}
