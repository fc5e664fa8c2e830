// The committed fixtures: their paths, their content as plain JSON, and the data set that an import makes of them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importMimicIt } from '../../src/import/mimic-it/index.js'

/** Path of a file under fixtures/. */
export const fixture = (path: string) => join(FIXTURES, path)

/** Absolute path of fixtures/. */
export const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url))

/** The files of the small real set, as options of the import. */
export const SOURCES = {
  instructions: ['LA', 'CGD'].map((subset) => join(FIXTURES, 'mimicit', `${subset}_instructions.json`)),
  images: [join(FIXTURES, 'mimicit', 'LA.json')],
  train: ['LA', 'CGD'].map((subset) => join(FIXTURES, 'mimicit', `${subset}_train.json`)),
}

/** The same for an import of any form. */
export const MIMIC_IT = { paths: SOURCES.instructions, images: SOURCES.images, train: SOURCES.train }

/** A record of an instructions file. */
export interface SourcePair {
  readonly instruction: string
  readonly answer: string
  readonly image_ids: readonly string[]
  readonly rel_ins_ids: readonly string[]
}

const parse = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as unknown

/** Every pair of the source in file order. */
export const sourcePairs = SOURCES.instructions.flatMap((path) =>
  Object.entries((parse(path) as { data: Record<string, SourcePair> }).data),
)

/** Every picture of the source in file order. */
export const sourceImages = SOURCES.images.flatMap((path) =>
  Object.entries(parse(path) as Record<string, string>).map(([id, text]) => [id, Buffer.from(text, 'base64')] as const),
)

/** The training list of the source in file order. */
export const sourceTrain = SOURCES.train.flatMap((path) => Object.entries(parse(path) as Record<string, string[]>))

/** Imports the small real set to `out`. */
export const importFixtures = (out: string) => importMimicIt({ ...SOURCES, out })
