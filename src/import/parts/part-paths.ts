// The files of a part of an import.
import { join } from 'node:path'

/** The lines about the pictures of a source. */
export const linesPath = (part: string, source: number): string => join(part, `pictures-${source}.jsonl`)

/** The bytes of pictures. */
export const bytesPath = (part: string): string => join(part, 'bytes.bin')
