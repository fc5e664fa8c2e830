// References of questions from a file, by id.
import { readCaptions } from '../../../evaluate/captions/read-captions.js'

/** Reads them; what a file says of the same id in several places adds up. */
export async function readReferences(path: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const references = new Map<string, readonly string[]>()
  for await (const { id, texts } of readCaptions(path)) references.set(id, [...(references.get(id) ?? []), ...texts])
  return references
}
