// The fixtures, imported.
import { fileURLToPath } from 'node:url'
import { importMimicIt } from '../../src/import/mimic-it/index.js'

/** Path of a file under fixtures/. */
export const fixture = (path: string) => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url))

/** Imports the real fixture set (146 pairs, 16 pictures) into a directory that does not exist yet. */
export async function importFixtures(out: string): Promise<string> {
  await importMimicIt({
    instructions: [fixture('mimicit/LA_instructions.json'), fixture('mimicit/CGD_instructions.json')],
    images: [fixture('mimicit/LA.json')],
    train: [fixture('mimicit/LA_train.json'), fixture('mimicit/CGD_train.json')],
    out,
  })
  return out
}
