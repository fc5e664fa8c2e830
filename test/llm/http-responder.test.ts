import { afterEach, describe, expect, it } from 'vitest'
import { CallFailure } from '../../src/llm/call-failure.js'
import type { ChatRequest } from '../../src/llm/chat.js'
import { type HttpResponderOptions, httpResponder } from '../../src/llm/http-responder.js'
import { type LlmFault, type LlmServer, type LlmServerOptions, startLlmServer } from '../support/llm-server.js'
import { request } from './asks.js'

let server: LlmServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})
const never = new AbortController().signal
const start = async (options: LlmServerOptions = {}, more: Partial<HttpResponderOptions> = {}) => {
  server = await startLlmServer(options)
  const responder = httpResponder({ baseUrl: server.url, model: 'loopback', timeoutMs: 5000, ...more })
  return (asked: ChatRequest) => responder.respond({ id: 'a', request: asked, subject: 0 }, never)
}
const failing = async (fault: LlmFault, more: Partial<HttpResponderOptions> = {}) => {
  const respond = await start({ fault: () => fault }, more)
  const error: unknown = await respond(request('why')).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(CallFailure)
  return error as CallFailure
}

describe.each([false, true])('an answer (stream: %s)', (stream) => {
  it('comes with its usage', async () => {
    const respond = await start({}, { stream })
    expect(await respond(request('one two three', { temperature: 0.5, topP: 0.9, stop: ['x'], seed: 7 }))).toEqual({
      ...{ text: 'three two one', finish: 'stop', usage: { promptTokens: 11, completionTokens: 4 } },
    })
    expect(server!.calls[0]!.body).toMatchObject({ max_tokens: 64, temperature: 0.5, top_p: 0.9, stop: ['x'], seed: 7 })
    expect(server!.calls[0]!.headers.authorization).toBeUndefined()
  })

  it('that is cut short is none, and may have been paid', async () => {
    expect((await failing({ kind: 'cut' }, { stream })).facts).toMatchObject({ outlook: 'later', maybePaid: true })
  })

  it('that does not come in time may have been paid', async () => {
    const { code, facts } = await failing({ kind: 'hang' }, { stream, timeoutMs: 100 })
    expect([code, facts]).toEqual(['MIMICIT_NETWORK', { outlook: 'later', maybePaid: true, throttled: true }])
  })
})

describe('an answer', () => {
  it.each([
    ['a page', { kind: 'garbage' }],
    ['half a JSON', { kind: 'garbage', body: '{"choices":[{"mess' }],
    ['nothing', { kind: 'garbage', body: '' }],
    ['no choice', { kind: 'garbage', body: '{"choices":[]}' }],
    ['not a word', { kind: 'says', text: '' }],
  ] as const)('of %s is none', async (_, fault) => {
    const { code, facts } = await failing(fault)
    expect([code, facts.outlook, facts.maybePaid]).toEqual(['MIMICIT_BAD_REPLY', 'later', true])
  })

  it('says why it ended', async () => {
    const respond = await start({ fault: () => ({ kind: 'says', text: 'half', finish: 'length' }) })
    expect((await respond(request('x'))).finish).toBe('length')
    server!.fault = () => ({ kind: 'says', text: '', finish: 'content_filter' })
    expect((await respond(request('x'))).finish).toBe('content-filter')
  })

  it('without usage counts as much as it can have used', async () => {
    const respond = await start({ fault: () => ({ kind: 'no-usage' }) })
    const { usage } = await respond(request('eine Frage über é'))
    expect(usage.promptTokens).toBeGreaterThanOrEqual(19)
    expect(usage.completionTokens).toBe(19)
  })
})

describe('a picture', () => {
  it('goes along as a data URL', async () => {
    const respond = await start()
    const image = { type: 'image', bytes: Uint8Array.of(1, 2, 255), mimeType: 'image/png' } as const
    await respond({ messages: [{ role: 'user', content: [{ type: 'text', text: 'see' }, image] }], maxTokens: 5 })
    const [, part] = server!.calls[0]!.body.messages[0]!.content as unknown as { image_url: { url: string } }[]
    expect(part!.image_url.url).toBe('data:image/png;base64,AQL/')
  })
})

describe('a refusal', () => {
  it.each([
    [400, 'MIMICIT_REFUSED', 'never'],
    [413, 'MIMICIT_REFUSED', 'never'],
    [401, 'MIMICIT_NETWORK', 'hopeless'],
    [404, 'MIMICIT_NETWORK', 'hopeless'],
    [307, 'MIMICIT_NETWORK', 'hopeless'],
    [408, 'MIMICIT_NETWORK', 'later'],
    [409, 'MIMICIT_NETWORK', 'later'],
    [429, 'MIMICIT_NETWORK', 'later'],
    [500, 'MIMICIT_NETWORK', 'later'],
    [529, 'MIMICIT_NETWORK', 'later'],
  ] as const)('with status %i is %s, to be tried again: %s', async (status, code, outlook) => {
    const failure = await failing({ kind: 'status', status })
    expect([failure.code, failure.facts.outlook, failure.facts.maybePaid]).toEqual([code, outlook, false])
    expect(failure.message).toContain(`status ${status}`)
  })

  it.each([502, 504, 524])(
    'with status %i is of one who stands between: the server may have worked',
    async (status) => {
      const { facts } = await failing({ kind: 'status', status })
      expect(facts).toMatchObject({ outlook: 'later', maybePaid: true })
    },
  )

  it('says how long to wait by its own clock', async () => {
    const theirs = Date.now() + 3_600_000
    const headers = {
      date: new Date(theirs).toUTCString(),
      'retry-after': new Date(theirs + 7000).toUTCString(),
    }
    expect((await failing({ kind: 'status', status: 429, headers })).facts.retryAfterMs).toBe(7000)
  })

  it('may say how long to wait, in seconds or as a date', async () => {
    const wait = async (value: string) =>
      (await failing({ kind: 'status', status: 429, headers: { 'retry-after': value } })).facts.retryAfterMs
    expect(await wait('7')).toBe(7000)
    await server!.close()
    const ms = await wait(new Date(Date.now() + 60_000).toUTCString())
    expect(ms).toBeGreaterThan(55_000)
    expect(ms).toBeLessThanOrEqual(60_000)
    await server!.close()
    expect(await wait('soon')).toBeUndefined()
  })

  it('for want of money ends the job', async () => {
    const body = JSON.stringify({ error: { message: 'You exceeded your quota', code: 'insufficient_quota' } })
    expect((await failing({ kind: 'status', status: 429, body })).facts.outlook).toBe('hopeless')
  })

  it('of a form is answered in another form, which is remembered', async () => {
    const refuse = (message: string): LlmFault => ({
      kind: 'status',
      status: 400,
      body: JSON.stringify({ error: { message } }),
    })
    const respond = await start({
      fault({ body }) {
        if (body.response_format !== undefined)
          return refuse(`'response_format' of type ${body.response_format.type} is not supported`)
        if (body.max_tokens !== undefined)
          return refuse("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        if (body.seed !== undefined) return refuse('Unknown parameter: seed')
        return undefined
      },
    })
    const asked = request('x', { schema: { name: 'pairs', schema: { type: 'object' } }, seed: 1 })
    await respond(asked)
    expect(server!.calls.map(({ body }) => [body.response_format?.type, body.max_tokens, body.seed])).toEqual([
      ['json_schema', 64, 1],
      ['json_object', 64, 1],
      [undefined, 64, 1],
      [undefined, undefined, 1],
      [undefined, undefined, undefined],
    ])
    expect(server!.calls.at(-1)!.body.max_completion_tokens).toBe(64)
    await respond(asked)
    expect(server!.calls).toHaveLength(6)
  })
})

describe('a refusal in words that say nothing of the form', () => {
  const schema = { name: 'pairs', schema: { type: 'object' } }
  const body = JSON.stringify({ error: { message: 'structured outputs are unavailable' } })

  it('is answered without the form, which is remembered', async () => {
    const respond = await start({
      fault: ({ body: { response_format } }) =>
        response_format === undefined ? undefined : { kind: 'status', status: 400, body },
    })
    for (const text of ['first', 'second']) await respond(request(text, { schema }))
    expect(server!.calls).toHaveLength(3)
    expect(server!.calls.map(({ body: { response_format } }) => response_format?.type)).toEqual([
      'json_schema',
      undefined,
      undefined,
    ])
  })

  it('is so for all that were under way together', async () => {
    let held = 3
    const respond = await start({
      delayMs: ({ before }) => (before > 0 ? 0 : 20 * held--),
      fault: ({ body: { response_format } }) =>
        response_format === undefined ? undefined : { kind: 'status', status: 400, body },
    })
    const together = ['first', 'second', 'third'].map((text) => respond(request(text, { schema })))
    await expect(Promise.all(together)).resolves.toHaveLength(3)
  })

  it('is one of the request where it is refused without the form too, or the form was taken before', async () => {
    let isRefused = true
    const respond = await start({ fault: () => (isRefused ? { kind: 'status', status: 400, body } : undefined) })
    const refused = expect.objectContaining({ code: 'MIMICIT_REFUSED' })
    await expect(respond(request('poison', { schema }))).rejects.toEqual(refused)
    expect(server!.calls).toHaveLength(2)
    isRefused = false
    await respond(request('good', { schema }))
    expect(server!.calls.at(-1)!.body.response_format?.type).toBe('json_schema')
    isRefused = true
    await expect(respond(request('poison too', { schema }))).rejects.toEqual(refused)
    expect(server!.calls).toHaveLength(4)
  })
})

describe('a key', () => {
  it.each([false, true])('that a server repeats stands in no answer and no message (in pieces: %s)', async (stream) => {
    process.env.TEST_LLM_KEY = 'sk-loud'
    const says = { kind: 'says', text: 'You sent Bearer sk-loud' } as const
    const respond = await start({ fault: () => says }, { apiKeyEnv: 'TEST_LLM_KEY', stream })
    expect((await respond(request('why'))).text).toBe('You sent Bearer [key]')
    server!.fault = () => ({ kind: 'garbage', body: 'data: authorization: Bearer sk-loud\n\n' })
    const error: unknown = await respond(request('why not')).catch((reason: unknown) => reason)
    delete process.env.TEST_LLM_KEY
    expect(error).toMatchObject({ code: 'MIMICIT_BAD_REPLY' })
    expect(String(error)).toContain('Bearer [key]')
    expect(String(error)).not.toContain('sk-loud')
  })

  it('that cannot stand in a header is told before anything is sent, and not shown', async () => {
    process.env.TEST_LLM_KEY = 'sk-first\nsk-second'
    const respond = await start({}, { apiKeyEnv: 'TEST_LLM_KEY' })
    const error: unknown = await respond(request('why')).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'MIMICIT_BAD_VALUE', facts: { outlook: 'hopeless', maybePaid: false } })
    expect(String(error)).not.toContain('sk-')
    // What a file ends with is no part of it.
    process.env.TEST_LLM_KEY = 'sk-first\n'
    await respond(request('why'))
    delete process.env.TEST_LLM_KEY
    expect(server!.calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-first'])
  })
})

describe('connections', () => {
  it('are kept from call to call', async () => {
    const respond = await start()
    const ports = new Set<number>()
    server!.onConnection((port) => ports.add(port))
    for (let i = 0; i < 5; i++) await respond(request(`number ${i}`))
    expect(ports.size).toBe(1)
  })
})

describe('an address', () => {
  it('where nobody is, costs nothing', async () => {
    const gone = await startLlmServer()
    await gone.close()
    const responder = httpResponder({ baseUrl: gone.url, model: 'x' })
    const failure = responder.respond({ id: 'a', request: request('x'), subject: 0 }, never)
    await expect(failure).rejects.toMatchObject({
      code: 'MIMICIT_NETWORK',
      facts: { outlook: 'later', maybePaid: false },
    })
  })

  it.each(['localhost:8000', 'ftp://x/v1', '', 'http://user:geheim@localhost/v1'])('%j is none', (baseUrl) => {
    let message = ''
    try {
      httpResponder({ baseUrl, model: 'x' })
    } catch (error) {
      expect(error).toMatchObject({ code: 'MIMICIT_BAD_VALUE' })
      message = (error as Error).message
    }
    expect(message).not.toBe('')
    expect(message).not.toContain('geheim')
  })
})
