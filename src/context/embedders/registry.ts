// Every embedder by name. Those of rooms further down, and of one's own, are added with `registerEmbedder`.
import { colourGradient } from './colour-gradient.js'
import type { EmbedderKind, EmbedderMaker } from './embedder.js'
import { ngrams } from './ngrams.js'
import { onnx } from './onnx/onnx.js'
import { parquetColumn } from './parquet-column.js'

const embedders = new Map<string, EmbedderMaker>([
  ['ngrams', async (argument) => ngrams(argument)],
  ['colour-gradient', async () => colourGradient()],
  ['onnx', onnx],
  ['parquet', parquetColumn],
])

/** Adds an embedder under a name. */
export function registerEmbedder(name: string, make: EmbedderMaker): void {
  embedders.set(name, make)
}

/** The names that there are. */
export const embedderNames = (): readonly string[] => [...embedders.keys()]

/** The maker of a name. */
export const embedderNamed = (name: string): EmbedderMaker | undefined => embedders.get(name)

/** The embedders that need nothing but this package. */
export const BUILT_IN: Readonly<Record<EmbedderKind, string>> = { text: 'ngrams', image: 'colour-gradient' }
