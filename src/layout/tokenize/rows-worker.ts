// A thread that tokenises: it opens the data set for itself and answers one span of rows after the other.
import { parentPort, workerData } from 'node:worker_threads'
import { plainError } from '../../base/plain-error.js'
import { openDataset } from '../../shards/dataset.js'
import { type RowReply, type RowSpan, type RowWorkerInput, rowRules, tokeniseSpan } from './rows.js'

const port = parentPort!
const { location, settings } = workerData as RowWorkerInput
const rules = rowRules(settings)
const dataset = openDataset(location)
// A failure is told with the first answer; until then it must not count as unhandled.
rules.catch(() => undefined)
dataset.catch(() => undefined)
let before: Promise<unknown> = Promise.resolve()

port.on('message', (span: RowSpan) => {
  // One after the other: answers come in the order of the questions.
  before = before.then(async () => port.postMessage(await answer(span)))
})

async function answer(span: RowSpan): Promise<RowReply> {
  try {
    return { rows: await tokeniseSpan(await dataset, await rules, settings.ids, span) }
  } catch (error) {
    return { error: plainError(error) }
  }
}
