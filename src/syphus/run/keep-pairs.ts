// What is kept of the pairs of an annotation, and as what: judged, related to those that are kept beside them, with their
// pictures, and with what a reader wants to know of how they were made.
import type { Responder } from '../../llm/chat.js'
import type { Judge } from '../filters/judge.js'
import { type NamedPair, relatePairs } from '../relation.js'
import type { Task } from '../task.js'
import type { RunCounts } from './counts.js'
import type { LinesFile } from './lines-file.js'
import type { MadePair } from './made-pairs.js'
import type { Made } from './make-pairs.js'
import type { VisualFolder, Visuals } from './visuals.js'

/** What it takes to keep pairs. */
export interface KeepParts {
  readonly task: Task
  readonly responder: Pick<Responder, 'name' | 'kind'>
  readonly judge: Judge
  readonly language: string
  readonly folder: VisualFolder | undefined
  /** Pairs that are kept, and what came to nothing. */
  readonly made: LinesFile
  readonly invalid: LinesFile
  readonly counts: RunCounts
}

/** Makes what takes in what became of each annotation, in the order of the annotations. */
export function pairKeeper({ task, responder, judge, language, folder, made, invalid, counts }: KeepParts) {
  const judged = async ({ annotation, pairs }: Extract<Made, { kind: 'pairs' }>) => {
    const about = {
      language,
      evidence: task.prompt(annotation),
      rules: task.rules,
      media: annotation.mediaIds.join(' '),
    }
    const kept: (Omit<NamedPair, 'related'> & { readonly notes: Readonly<Record<string, unknown>> })[] = []
    for (const { id, draft } of pairs) {
      const { pair, kept: isKept, verdicts, replaced } = await judge.judge(draft, about)
      if (!isKept) {
        await invalid.add({ what: 'pair', annotation: annotation.id, id, ...draft, verdicts })
        continue
      }
      const warnings = verdicts.map(({ filter, rule, score }) => ({
        filter,
        rule,
        ...(score !== undefined && { score }),
      }))
      const notes = {
        ...(warnings.length > 0 && { warnings }),
        ...(Object.keys(replaced).length > 0 && { replaced: Object.keys(replaced) }),
      }
      kept.push({ id, draft: pair, notes })
    }
    return kept
  }

  return async (each: Made): Promise<void> => {
    const { annotation } = each
    if (each.kind === 'invalid') {
      const { code, reason, replies } = each
      counts.invalid.set(code, (counts.invalid.get(code) ?? 0) + 1)
      await invalid.add({ what: 'annotation', annotation: annotation.id, code, reason, replies })
      return
    }
    if (each.notes.length > 0) {
      counts.partial++
      await invalid.add({ what: 'rest', annotation: annotation.id, notes: each.notes })
    }
    const found = await folder?.find(annotation)
    const visuals = found === undefined || 'missing' in found ? undefined : found
    const kept = await judged(each)
    const notes = new Map(kept.map((pair) => [pair.id, pair.notes]))
    for (const pair of relatePairs(task.relation, kept)) {
      counts.pairs++
      const metadata = {
        ...pair.draft.notes,
        ...{ task: task.name, annotation: annotation.id, made_by: responder.name },
        ...(responder.kind === 'rules' && { rule_made: true }),
        ...(visuals === undefined && { media: annotation.mediaIds }),
        ...notes.get(pair.id),
      }
      await made.add(madePair(task, language, pair, annotation.mediaKind, visuals, metadata))
    }
  }
}

function madePair(
  { subset }: Task,
  language: string,
  { id, draft, related }: NamedPair,
  mediaKind: 'images' | 'video',
  visuals: Visuals | undefined,
  metadata: Readonly<Record<string, unknown>>,
): MadePair {
  const { instruction, response } = draft
  return { id, subset, language, instruction, response, related, metadata, mediaKind, ...(visuals ?? { mediaIds: [] }) }
}
