// What a published set of annotations is: files that are read as a stream of visual annotations. index.ts lists the sets.
import type { z } from 'zod'
import { MimicitError, show } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import type { VisualAnnotation } from './annotation.js'
import { openUnzipped } from './unzipped.js'

/** A set of annotations. */
export interface AnnotationSet {
  /** One line for people. */
  readonly title: string
  /**
   * Reads files of the set; of whatever size they are, what stays in memory is a few numbers a visual.
   * @param paths the annotation files, plain or gzipped; there may be several, such as captions and objects of the same pictures
   * @param scratch a directory for what must be kept on the disk meanwhile @default the system's temporary one
   * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_JSON, MIMICIT_BAD_RECORD, MIMICIT_DANGLING_MEDIA
   */
  read(paths: readonly string[], scratch?: string): AsyncIterable<VisualAnnotation>
}

/** Opens files one after the other, also gzipped ones; each is closed when the next is asked for. */
export async function* inTurn(paths: readonly string[], scratch?: string): AsyncGenerator<ReadableFile> {
  for (const path of paths) {
    const file = await openUnzipped(path, scratch)
    try {
      yield file
    } finally {
      await file.close()
    }
  }
}

/** Checks the shape of a record. @throws MimicitError MIMICIT_BAD_RECORD */
export function parseRecord<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  throw new MimicitError('MIMICIT_BAD_RECORD', {
    expected: `a record of this set (${complaint(error.issues)})`,
    where,
    received: show(value),
    hint: 'Mend the record, or name the set that this file belongs to.',
  })
}

/** The first thing that is wrong; of several shapes that a record may have, by the one that it comes nearest to. */
function complaint([issue]: readonly z.core.$ZodIssue[]): string {
  if (issue?.code === 'invalid_union' && issue.errors.length > 0) {
    return complaint(issue.errors.reduce((nearest, errors) => (errors.length < nearest.length ? errors : nearest)))
  }
  if (issue === undefined) return 'another one'
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`
}
