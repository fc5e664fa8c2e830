// The batch desk of the loopback server: files, batches, results.
import type { IncomingMessage } from 'node:http'
import type { WireBody } from './llm-server.js'

interface Batch {
  readonly id: string
  readonly input: string
  readonly metadata: unknown
  readyAt: number
  readonly end: BatchEnd
  output: string | undefined
  errors: string | undefined
}

/** How a batch ends. */
export interface BatchEnd {
  readonly status: 'completed' | 'expired' | 'failed' | 'cancelled'
  /** Requests that were worked for. @default all */
  readonly answers?: number
}

/** Answers what is about files and batches. */
export interface BatchDesk {
  /** The requests of every batch that was made, as text; a file that was uploaded is none yet. */
  readonly made: readonly string[]
  /** Batches that are there are done at once. */
  end(): void
  handle(
    incoming: IncomingMessage,
    path: string,
    bytes: Buffer,
  ): { readonly status: number; readonly body: string } | undefined
}

/**
 * @param complete answers a body
 * @param endOf says how a batch ends, by its position
 */
export function createBatchDesk(
  batchMs: number,
  complete: (body: WireBody) => unknown,
  endOf: (index: number) => BatchEnd = () => ({ status: 'completed' }),
): BatchDesk {
  const files = new Map<string, string>()
  const batches = new Map<string, Batch>()
  const made: string[] = []
  const keep = (prefix: string, text: string) => {
    const id = `${prefix}-${files.size}`
    files.set(id, text)
    return id
  }
  const run = (batch: Batch) => {
    if (batch.output !== undefined || performance.now() < batch.readyAt) return
    const lines = files.get(batch.input)!.trim().split('\n').slice(0, batch.end.answers)
    const good: string[] = []
    const bad: string[] = []
    // Results come in any order.
    for (const line of lines.reverse()) {
      const { custom_id, body } = JSON.parse(line) as { custom_id: string; body: WireBody }
      if (JSON.stringify(body.messages).includes('refuse me')) {
        const error = { error: { message: 'this is refused', type: 'invalid_request_error' } }
        bad.push(JSON.stringify({ custom_id, response: { status_code: 400, body: error }, error: null }))
      } else good.push(JSON.stringify({ custom_id, response: { status_code: 200, body: complete(body) }, error: null }))
    }
    batch.output = keep('file-out', good.join('\n'))
    batch.errors = bad.length === 0 ? undefined : keep('file-err', bad.join('\n'))
  }
  const show = (batch: Batch) => {
    run(batch)
    const done = batch.output !== undefined
    return {
      id: batch.id,
      object: 'batch',
      status: done ? batch.end.status : 'in_progress',
      metadata: batch.metadata,
      ...(done && batch.end.status === 'failed' && { errors: { data: [{ message: 'enqueued token limit reached' }] } }),
      output_file_id: batch.output ?? null,
      error_file_id: batch.errors ?? null,
    }
  }
  const ok = (value: unknown) => ({ status: 200, body: typeof value === 'string' ? value : JSON.stringify(value) })
  return {
    made,
    end() {
      for (const batch of batches.values()) batch.readyAt = 0
    },
    handle({ method, headers }, target, bytes) {
      const { pathname: path, searchParams: query } = new URL(target, 'http://desk')
      if (method === 'POST' && path === '/files') {
        const text = fileOf(headers['content-type'] ?? '', bytes)
        return ok({ id: keep('file', text), object: 'file' })
      }
      if (method === 'POST' && path === '/batches') {
        const { input_file_id, metadata } = JSON.parse(bytes.toString('utf8')) as {
          input_file_id: string
          metadata: unknown
        }
        const id = `batch-${batches.size}`
        const batch: Batch = {
          ...{ id, input: input_file_id, metadata, readyAt: performance.now() + batchMs },
          ...{ end: endOf(batches.size), output: undefined, errors: undefined },
        }
        batches.set(id, batch)
        made.push(files.get(input_file_id)!)
        return ok(show(batch))
      }
      if (method === 'GET' && path === '/batches') {
        // The newest first, some at a time.
        const all = [...batches.values()].reverse()
        const from = all.findIndex(({ id }) => id === query.get('after')) + 1
        const page = all.slice(from, from + Number(query.get('limit') ?? 20))
        return ok({ object: 'list', data: page.map(show), has_more: from + page.length < all.length })
      }
      const [, batchId] = /^\/batches\/([^/]+)$/.exec(path) ?? []
      const batch = batches.get(batchId ?? '')
      if (batch !== undefined) return ok(show(batch))
      const [, fileId] = /^\/files\/([^/]+)\/content$/.exec(path) ?? []
      const file = files.get(fileId ?? '')
      return file === undefined ? undefined : ok(file)
    },
  }
}

/** The file in a multipart body. */
function fileOf(contentType: string, bytes: Buffer): string {
  const [, boundary = ''] = /boundary=([^;]+)/.exec(contentType) ?? []
  for (const part of bytes.toString('utf8').split(`--${boundary}`)) {
    const [head = '', ...rest] = part.split('\r\n\r\n')
    if (head.includes('name="file"')) return rest.join('\r\n\r\n').replace(/\r\n$/, '')
  }
  return ''
}
