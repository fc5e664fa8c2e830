// The calls of the batch end point: files, batches, results. Each is tried again where that is worth it; none is made twice
// where that would cost something.
import type { Clock } from '../io/http/clock.js'
import { type BatchState, parseBatch, parseBatchPage, parseFileId } from './batch-wire.js'
import { CallFailure } from './call-failure.js'
import { callPolicy, nextTryMs } from './call-policy.js'
import { noAnswer } from './chat-answer.js'
import type { EndPoint, EndPointCall } from './end-point.js'
import type { HttpAnswer } from './http-exchange.js'

/** Batches at a server. */
export interface BatchDesk {
  /** A batch that carries this name of ours: it was made, though nobody may have heard of it. */
  named(name: string): Promise<BatchState | undefined>
  /** Makes one of lines as `batchLine` writes them. */
  make(name: string, lines: readonly string[]): Promise<BatchState>
  state(id: string): Promise<BatchState>
  /** Gives the lines of a file of results, some at a time; after a break some of them again. */
  results(file: string, take: (lines: readonly string[], where: string) => Promise<void>): Promise<void>
}

/** Batches that are listed at once; servers give no more. */
const PAGE = 100
/** Lines that are taken in together. */
const TOGETHER = 500
/** A longer line is no result. */
const MOST_LINE = 64 << 20

/** @param halt no call begins any more */
export function batchDesk(endPoint: EndPoint, clock: Clock, halt: AbortSignal): BatchDesk {
  const policy = callPolicy()
  /** Waits where another try is worth it. @throws the error where none is */
  const patience = async (error: unknown, tries: number): Promise<void> => {
    if (!(error instanceof CallFailure) || error.facts.outlook !== 'later' || tries >= policy.tries) throw error
    await clock.wait(nextTryMs(policy, error.facts, tries, clock.random()), halt).catch(() => halt.throwIfAborted())
  }
  const persistently = async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt()
      } catch (error) {
        await patience(error, tries)
      }
    }
  }
  const where = (path: string) => `${endPoint.location}${path.replace(/\?.*/, '')}`
  const call = async <T>(what: EndPointCall, parse: (text: string, where: string) => T): Promise<T> => {
    const { text } = await endPoint.call(what, halt)
    return parse(text, where(what.path))
  }
  const get = <T>(path: string, parse: (text: string, where: string) => T): Promise<T> =>
    persistently(() => call({ method: 'GET', path }, parse))

  const named = async (name: string): Promise<BatchState | undefined> => {
    for (let after = ''; ; ) {
      const { data, hasMore } = await get(`/batches?limit=${PAGE}${after}`, parseBatchPage)
      const found = data.find(({ metadata }) => metadata?.mimicit === name)
      const last = data.at(-1)
      if (found !== undefined || last === undefined || !hasMore) return found
      after = `&after=${encodeURIComponent(last.id)}`
    }
  }
  return {
    named,
    async make(name, lines) {
      const file = new Blob(lines as string[], { type: 'application/jsonl' })
      const input_file_id = await persistently(() => {
        const body = new FormData()
        body.set('purpose', 'batch')
        body.set('file', file, `${name}.jsonl`)
        return call({ method: 'POST', path: '/files', body }, parseFileId)
      })
      const window = { endpoint: '/v1/chat/completions', completion_window: '24h' }
      const body = JSON.stringify({ input_file_id, ...window, metadata: { mimicit: name } })
      for (let tries = 1; ; tries++) {
        try {
          return await call({ method: 'POST', path: '/batches', body }, parseBatch)
        } catch (error) {
          await patience(error, tries)
          // It may have been made all the same.
          const made = await named(name)
          if (made !== undefined) return made
        }
      }
    },
    state: (id) => get(`/batches/${encodeURIComponent(id)}`, parseBatch),
    async results(file, take) {
      const path = `/files/${encodeURIComponent(file)}/content`
      const read = async (answer: HttpAnswer) => {
        const group: string[] = []
        for await (const line of linesOf(answer, where(path))) {
          group.push(endPoint.blot(line))
          if (group.length >= TOGETHER) await take(group.splice(0), where(path))
        }
        await take(group, where(path))
      }
      await persistently(() => endPoint.call({ method: 'GET', path }, halt, read))
    },
  }
}

/** Lines that are not empty. */
async function* linesOf({ body }: HttpAnswer, where: string): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    const lines = decoder.decode(bytes, { stream: true }).split('\n')
    rest += lines[0]!
    if (rest.length > MOST_LINE) throw noAnswer(where, `a line of more than ${MOST_LINE} characters`)
    for (let n = 1; n < lines.length; n++) {
      if (rest.trim() !== '') yield rest
      rest = lines[n]!
    }
  }
  if (rest.trim() !== '') yield rest
}
