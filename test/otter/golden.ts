// One golden model for the tests that need a model with numbers to hold it against; all folders are in parity.test.ts.
import { fileURLToPath } from 'node:url'
import { goldenModel as modelOf, readGoldenFolder } from '../../parity/folder.js'
import type { Otter } from '../../src/otter/model.js'
import type { Trainable } from '../../src/otter/trainable.js'
import type { Tf } from '../../src/tensors/tf.js'

/** Folders of numbers that the original modules gave, by name. */
export const goldenFolder = (name: string) => fileURLToPath(new URL(`../goldens/${name}`, import.meta.url))

/** The golden LLaMA. */
export const llama = readGoldenFolder(goldenFolder('llama'))

/** The golden LLaMA as a model. */
export const goldenModel = (tf: Tf, trainable?: Trainable): Otter => modelOf(tf, llama, trainable)
