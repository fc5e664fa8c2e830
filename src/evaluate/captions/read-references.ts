// References of pictures or questions from files: what files say of the same id adds up, what one of them says twice does not.
import { MimicitError, show } from '../../base/errors.js'
import type { IssueLog } from '../../base/issues.js'
import { evaluationLog } from '../issues.js'
import { readCaptions } from './read-captions.js'

/** The references of an id. */
export interface StatedReferences {
  readonly texts: readonly string[]
  /** Where the first of them stands. */
  readonly where: string
}

/**
 * Reads references; what is wrong with them goes to the log.
 * @param hasWords whether there is anything in a reference
 * @throws MimicitError MIMICIT_EMPTY without any, and whatever reading throws
 */
export async function readReferences(
  files: readonly string[],
  hasWords: (text: string) => boolean,
  log: IssueLog,
): Promise<ReadonlyMap<string, StatedReferences>> {
  const known = new Map<string, { readonly texts: string[]; readonly where: string }>()
  for (const file of files) {
    const own = new Map<string, string>()
    for await (const { id, texts, own: name, where } of readCaptions(file)) {
      const first = name === undefined ? undefined : own.get(name)
      if (first !== undefined) {
        const message = `again ${show(name)}, first at ${first}`
        log.add({ code: 'MIMICIT_DUPLICATE_ID', level: 'error', where, id, message })
      }
      if (name !== undefined) own.set(name, where)
      const lacks =
        texts.length === 0 ? 'no reference' : texts.every(hasWords) ? undefined : 'a reference without words'
      if (lacks !== undefined) {
        log.add({ code: 'MIMICIT_EMPTY', level: 'error', where, id, message: `${show(id)} has ${lacks}` })
      }
      const entry = known.get(id) ?? { texts: [], where }
      entry.texts.push(...texts)
      known.set(id, entry)
    }
  }
  if (known.size === 0) throw nothingIn(files.join(', '), 'one reference')
  return known
}

/** Answers to questions by id, blank ones among them. @throws as `readReferences`, and for what is wrong with them */
export async function readAnswersOfPeople(path: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const log = evaluationLog()
  const known = await readReferences([path], () => true, log)
  log.throwIfErrors(path, 'Mend the file.')
  return new Map([...known].map(([id, { texts }]) => [id, texts]))
}

/** A file without anything. */
export const nothingIn = (where: string, expected: string): MimicitError =>
  new MimicitError('MIMICIT_EMPTY', {
    ...{ expected: `at least ${expected}`, where, received: 'a file without any' },
    hint: 'It may have been cut short: write it again.',
  })
