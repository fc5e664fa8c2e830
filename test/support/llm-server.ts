// A real server on loopback that speaks the chat-completions protocol, with batches and moderations, keeps limits as OpenAI
// does, and misbehaves as it is told. It counts every request by its content, so that a test can prove what was asked how
// often. A bench uses it too: everything here is cheap.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BatchEnd, createBatchDesk } from './llm-batches.js'

/** A message as it comes over the wire. */
export interface WireMessage {
  readonly role: string
  readonly content:
    | string
    | readonly { readonly type: string; readonly text?: string; readonly image_url?: { readonly url: string } }[]
}

/** The body of a call. */
export interface WireBody {
  readonly model: string
  readonly messages: readonly WireMessage[]
  readonly max_tokens?: number
  readonly max_completion_tokens?: number
  readonly response_format?: { readonly type: string }
  readonly stream?: boolean
  readonly seed?: number
  readonly [name: string]: unknown
}

/** A call that came. */
export interface SeenCall {
  readonly body: WireBody
  /** Names the content of its messages. */
  readonly content: string
  /** How often this content came before. */
  readonly before: number
  /** Position among all calls. */
  readonly index: number
  readonly headers: IncomingMessage['headers']
}

/** What is wrong with one answer. */
export type LlmFault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  /** The connection breaks before any answer. */
  | { readonly kind: 'drop' }
  /** It breaks in the middle of the answer, which was worked for. */
  | { readonly kind: 'cut' }
  /** Nothing comes, ever. */
  | { readonly kind: 'hang' }
  /** Status 200 with something that is no completion. */
  | { readonly kind: 'garbage'; readonly body?: string }
  /** A completion that says this, in place of what was asked for. */
  | { readonly kind: 'says'; readonly text: string; readonly finish?: string }
  /** An honest answer without its usage. */
  | { readonly kind: 'no-usage' }

/** How the server is. */
export interface LlmServerOptions {
  /** What it answers. @default the words of the last message, turned around */
  readonly answer?: (body: WireBody) => string
  readonly fault?: (call: SeenCall) => LlmFault | undefined
  /** Milliseconds until an answer. @default 0 */
  readonly delayMs?: number | ((call: SeenCall) => number)
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  /** Seconds of its limits that it takes at once. @default 1 */
  readonly burstSeconds?: number
  /** Whether it tells its limits with every answer. @default true */
  readonly tellsLimits?: boolean
  /** Whether it says with status 429 how long to wait. @default true */
  readonly tellsRetryAfter?: boolean
  /** What its moderation finds in a text. @default it has none */
  readonly moderate?: (text: string) => readonly string[]
  /** The key that it wants. @default none */
  readonly key?: string
  /** Milliseconds that a batch takes. @default 0 */
  readonly batchMs?: number
  /** How each batch ends, by its position. @default all of it is answered */
  readonly batchEnd?: (index: number) => BatchEnd
  /** Port. @default any */
  readonly port?: number
}

/** A server that is running. */
export interface LlmServer {
  /** Address for `--base-url`. */
  readonly url: string
  readonly port: number
  /** Calls that came, answered or not, by content. */
  readonly asked: ReadonlyMap<string, number>
  /** Calls that were answered whole, by content. */
  readonly answered: Map<string, number>
  /** Answers by status. */
  readonly statuses: ReadonlyMap<number, number>
  /** Most calls that were under way at once. */
  readonly mostAtOnce: number
  /** Tokens of all whole answers and their prompts. */
  readonly tokens: number
  /** Texts of every call of its moderation. */
  readonly moderated: readonly (readonly string[])[]
  /** Requests of every batch that was made. */
  readonly batches: readonly string[]
  /** Batches that are there are done at once. */
  endBatches(): void
  fault: (call: SeenCall) => LlmFault | undefined
  /** Tells the client's port of every connection from now on. */
  onConnection(tell: (port: number) => void): void
  /** Every call so far, if they are kept. */
  readonly calls: readonly SeenCall[]
  close(): Promise<void>
}

/** The name of some messages. */
export const contentOf = (messages: unknown) => createHash('sha256').update(JSON.stringify(messages)).digest('hex')

const textOf = ({ content }: WireMessage) =>
  typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join(' ')

/** Tokens as this server counts them. */
export const countTokens = (text: string) => Math.ceil(Buffer.byteLength(text) / 4)

const promptTokens = ({ messages }: WireBody) =>
  messages.reduce((sum, message) => sum + 4 + countTokens(textOf(message)), 3)

const turnedAround = ({ messages }: WireBody) => textOf(messages.at(-1)!).split(' ').reverse().join(' ')

/** A completion as the protocol has it. */
export function completionOf(body: WireBody, text: string, finish = 'stop', index = 0) {
  const prompt = promptTokens(body)
  const completion = countTokens(text)
  return {
    id: `chatcmpl-${index}`,
    object: 'chat.completion',
    model: body.model,
    choices: [{ index: 0, finish_reason: finish, message: { role: 'assistant', content: text } }],
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  }
}

/** A limit as a bucket that leaks. */
function bucket(perMinute: number | undefined, burstSeconds: number) {
  const perMs = (perMinute ?? Number.POSITIVE_INFINITY) / 60_000
  const size = Math.max(1, perMs * burstSeconds * 1000)
  let level = size
  let at = performance.now()
  const fill = () => {
    const now = performance.now()
    if (perMinute !== undefined) level = Math.min(size, level + (now - at) * perMs)
    at = now
  }
  return {
    waitMs(amount: number) {
      if (perMinute === undefined) return 0
      fill()
      return Math.max(0, (Math.min(amount, size) - level) / perMs)
    },
    take(amount: number) {
      if (perMinute !== undefined) level -= amount
    },
    headers(what: string): Record<string, string> {
      if (perMinute === undefined) return {}
      fill()
      return {
        [`x-ratelimit-limit-${what}`]: String(Math.floor(size)),
        [`x-ratelimit-remaining-${what}`]: String(Math.max(0, Math.floor(level))),
        [`x-ratelimit-reset-${what}`]: `${((size - Math.max(0, Math.floor(level))) / perMs / 1000).toFixed(3)}s`,
      }
    },
  }
}

/** Starts a server. */
export async function startLlmServer(options: LlmServerOptions = {}): Promise<LlmServer> {
  const { answer = turnedAround, delayMs = 0, burstSeconds = 1, tellsLimits = true, tellsRetryAfter = true } = options
  const asked = new Map<string, number>()
  const answered = new Map<string, number>()
  const statuses = new Map<number, number>()
  const calls: SeenCall[] = []
  const moderated: (readonly string[])[] = []
  const state = { fault: options.fault ?? (() => undefined), running: 0, mostAtOnce: 0, tokens: 0 }
  const requests = bucket(options.requestsPerMinute, burstSeconds)
  const tokens = bucket(options.tokensPerMinute, burstSeconds)
  const timers = new Set<NodeJS.Timeout>()
  const desk = createBatchDesk(options.batchMs ?? 0, (body) => completionOf(body, answer(body)), options.batchEnd)

  const send = (
    response: ServerResponse,
    status: number,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    const limits = tellsLimits ? { ...requests.headers('requests'), ...tokens.headers('tokens') } : {}
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...limits,
      ...headers,
    })
    response.end(body)
  }
  const sendError = (
    response: ServerResponse,
    status: number,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) => send(response, status, JSON.stringify({ error: { message, type: 'error' } }), headers)

  const finish = (call: SeenCall, fault: LlmFault | undefined, response: ServerResponse) => {
    const { body, content, index } = call
    const says = fault?.kind === 'says' ? fault : undefined
    const text = says?.text ?? answer(body)
    const completion = completionOf(body, text, says?.finish, index)
    state.tokens += completion.usage.total_tokens
    tokens.take(countTokens(text))
    if (fault?.kind === 'cut') {
      const whole = JSON.stringify(completion)
      response.writeHead(200, { 'content-type': body.stream ? 'text/event-stream' : 'application/json' })
      response.write(body.stream ? pieces(completion).slice(0, 1).join('') : whole.slice(0, whole.length >> 1), () =>
        response.destroy(),
      )
      return
    }
    answered.set(content, (answered.get(content) ?? 0) + 1)
    const { usage, ...rest } = completion
    if (body.stream) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(pieces(completion).join(''))
    } else send(response, 200, JSON.stringify(fault?.kind === 'no-usage' ? rest : { ...rest, usage }))
  }

  const chat = (body: WireBody, incoming: IncomingMessage, response: ServerResponse) => {
    const content = contentOf(body.messages)
    const before = asked.get(content) ?? 0
    asked.set(content, before + 1)
    const call: SeenCall = { body, content, before, index: calls.length, headers: incoming.headers }
    calls.push(call)
    const fault = state.fault(call)
    if (fault?.kind === 'status') {
      if (fault.body === undefined) sendError(response, fault.status, `told to answer ${fault.status}`, fault.headers)
      else send(response, fault.status, fault.body, fault.headers)
      return
    }
    if (fault?.kind === 'drop') {
      response.destroy()
      return
    }
    const prompt = promptTokens(body)
    const waitMs = Math.max(requests.waitMs(1), tokens.waitMs(prompt))
    if (waitMs > 0) {
      const after: Record<string, string> = tellsRetryAfter ? { 'retry-after': String(Math.ceil(waitMs / 1000)) } : {}
      sendError(response, 429, 'too many requests', after)
      return
    }
    requests.take(1)
    tokens.take(prompt)
    if (fault?.kind === 'hang') return
    state.running++
    state.mostAtOnce = Math.max(state.mostAtOnce, state.running)
    const ms = typeof delayMs === 'number' ? delayMs : delayMs(call)
    const end = () => {
      state.running--
      if (fault?.kind === 'garbage') send(response, 200, fault.body ?? '<html>Bad gateway</html>')
      else finish(call, fault, response)
    }
    if (ms === 0) setImmediate(end)
    else {
      const timer = setTimeout(() => {
        timers.delete(timer)
        end()
      }, ms)
      timers.add(timer)
    }
  }

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const bytes = Buffer.concat(chunks)
      const { pathname, search } = new URL(incoming.url ?? '/', 'http://loopback')
      const path = pathname.replace(/^\/v1/, '')
      if (options.key !== undefined && incoming.headers.authorization !== `Bearer ${options.key}`) {
        sendError(response, 401, `Incorrect API key provided: ${incoming.headers.authorization ?? 'none'}`)
      } else if (path === '/chat/completions') chat(JSON.parse(bytes.toString('utf8')) as WireBody, incoming, response)
      else if (path === '/moderations' && options.moderate !== undefined) {
        const { input } = JSON.parse(bytes.toString('utf8')) as { input: string[] }
        moderated.push(input)
        const results = input.map((text) => {
          const found = options.moderate!(text)
          const categories = Object.fromEntries(['hate', 'violence'].map((name) => [name, found.includes(name)]))
          const scores = Object.fromEntries(Object.entries(categories).map(([name, is]) => [name, is ? 0.9 : 0.01]))
          return { flagged: found.length > 0, categories, category_scores: scores }
        })
        send(response, 200, JSON.stringify({ id: 'modr-1', model: 'loopback', results }))
      } else if (path === '/models')
        send(response, 200, JSON.stringify({ object: 'list', data: [{ id: 'loopback', object: 'model' }] }))
      else {
        const made = desk.handle(incoming, `${path}${search}`, bytes)
        if (made === undefined) sendError(response, 404, `no such thing: ${path}`)
        else send(response, made.status, made.body)
      }
    })
  })
  server.keepAliveTimeout = 60_000
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    ...{ asked, answered, statuses, calls, moderated },
    get mostAtOnce() {
      return state.mostAtOnce
    },
    get tokens() {
      return state.tokens
    },
    batches: desk.made,
    endBatches: desk.end,
    get fault() {
      return state.fault
    },
    set fault(fault) {
      state.fault = fault
    },
    onConnection: (tell) => void server.on('connection', ({ remotePort }) => tell(remotePort ?? 0)),
    async close() {
      for (const timer of timers) clearTimeout(timer)
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A completion as server-sent events, its text in two pieces. */
function pieces({ choices, usage, ...rest }: ReturnType<typeof completionOf>): string[] {
  const { message, finish_reason } = choices[0]!
  const middle = message.content.length >> 1
  const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
  const delta = (content: string) =>
    event({ ...rest, choices: [{ index: 0, delta: { content }, finish_reason: null }] })
  return [
    delta(message.content.slice(0, middle)),
    delta(message.content.slice(middle)),
    event({ ...rest, choices: [{ index: 0, delta: {}, finish_reason }] }),
    event({ ...rest, choices: [], usage }),
    'data: [DONE]\n\n',
  ]
}
