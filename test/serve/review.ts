// A search for in-context examples whose person is a page: annotations with real pictures, and rules in place of a model.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ReviewDesk, reviewDesk } from '../../src/serve/cold-start/review-desk.js'
import { openViewer } from '../../src/serve/open-viewer.js'
import { type ColdStartOptions, type ColdStartResult, coldStart } from '../../src/syphus/cold-start/cold-start.js'
import { openVisuals } from '../../src/syphus/run/visuals.js'
import { taskOf } from '../../src/syphus/task-of.js'
import { sourceImages } from '../support/fixtures.js'

/** Writes captions of a dozen pictures, and eleven of the pictures. */
export function writeReviewed(dir: string): { readonly captions: string; readonly images: string } {
  const captions = join(dir, 'captions.json')
  const numbers = Array.from({ length: 12 }, (_, n) => n + 1)
  const images = numbers.map((id) => ({ id, file_name: `${id}.jpg`, width: 10, height: 10 }))
  const annotations = numbers.map((id) => ({ id, image_id: id, caption: `A dog plays with ball <b>${id}</b>.` }))
  writeFileSync(captions, JSON.stringify({ images, annotations }))
  for (const id of numbers.slice(1))
    writeFileSync(join(dir, `${String(id).padStart(12, '0')}.jpg`), sourceImages[id % sourceImages.length]![1])
  return { captions, images: dir }
}

/** Starts a search and the server of its page. */
export async function startReview(
  paths: ReturnType<typeof writeReviewed>,
  out: string,
  more: Partial<ColdStartOptions> = {},
) {
  const task = await taskOf('visual-qa')
  const desk: ReviewDesk = reviewDesk(task, more.signal)
  const images = await openVisuals(paths.images, task)
  const server = await openViewer({ coldStart: { desk, images } })
  const options = { annotations: [paths.captions], task, out, perRound: 3, ...more }
  const result: Promise<ColdStartResult | Error> = coldStart(options, desk.reviewer)
    .catch((error: Error) => error)
    .then(async (ended) => {
      await desk.end(ended)
      return ended
    })
  return { server, result }
}
