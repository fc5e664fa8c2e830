// Files that a person writes for a run: YAML, of which JSON is a part.
import type { MimicitError } from '../base/errors.js'
import { openFile } from '../io/directory.js'

/**
 * Reads one.
 * @param bad the error of a text that is no YAML, from what the parser says of it
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO, and that one
 */
export async function readYaml(path: string, bad: (received: string) => MimicitError): Promise<unknown> {
  const file = await openFile(path)
  const bytes = await file.read(0, file.byteLength).finally(() => file.close())
  const { parse } = await import('yaml')
  try {
    return parse(Buffer.from(bytes).toString('utf8'), { maxAliasCount: 100 })
  } catch (error) {
    throw bad((error as Error).message.split('\n')[0]!)
  }
}
