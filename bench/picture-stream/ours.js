// Every picture of a data set in order, checked: what users call, on the built package.
// @ts-check
import { openDataset } from '../../dist/index.js'

/** @param {string} dir */
export async function pass(dir) {
  const dataset = await openDataset(dir)
  return async () => {
    for await (const _ of dataset.pictures());
  }
}
