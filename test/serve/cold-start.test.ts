// The review of candidates over real connections: decisions of the page are those of the search, an answer decides about the
// candidate that was shown and no other, what does not fit changes nothing, and a search that is stopped goes on.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { LocalServer } from '../../src/serve/http/server.js'
import type { ColdStartView } from '../../src/serve/wire.js'
import type { ColdStartOptions, ColdStartResult } from '../../src/syphus/cold-start/cold-start.js'
import { tempDir } from '../support/temp-dir.js'
import { clientOf, send } from './client.js'
import { startReview, writeReviewed } from './review.js'

const dir = tempDir()
const paths = writeReviewed(dir)
const servers: LocalServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

/** Views of the search as they come: the way a page hears them. */
function hear(server: LocalServer) {
  const views: ColdStartView[] = []
  let wake: () => void = () => undefined
  let ended = false
  const { port } = new URL(server.origin)
  const headers = { authorization: `Bearer ${server.token}` }
  const sent = request({ hostname: '127.0.0.1', port, path: '/api/cold-start', headers }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end)
        text = text.slice(end + 2)
        if (block.startsWith('data: ')) views.push(JSON.parse(block.slice(6)) as ColdStartView)
      }
      wake()
    })
    response.on('close', () => {
      ended = true
      wake()
    })
  })
  sent.on('error', () => undefined)
  sent.end()
  return {
    leave: () => sent.destroy(),
    /** The first view from here on that is of one of these kinds. */
    async until<K extends ColdStartView['phase']['kind']>(...kinds: readonly K[]) {
      for (;;) {
        const view = views.shift()
        if (view !== undefined && (kinds as readonly string[]).includes(view.phase.kind)) {
          return view as ColdStartView & { readonly phase: Extract<ColdStartView['phase'], { kind: K }> }
        }
        if (view === undefined && ended) throw new Error(`the views ended without ${kinds.join(' or ')}`)
        if (view === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    },
  }
}

async function begin(out: string, more: Partial<ColdStartOptions> = {}) {
  const { server, result } = await startReview(paths, join(dir, out), more)
  servers.push(server)
  const client = clientOf(server)
  const answer = (question: number, given: unknown) =>
    client.post('/api/cold-start/answers', { question, answer: given })
  return { server, client, answer, result: result as Promise<ColdStartResult>, ...hear(server) }
}

describe('a review of candidates', () => {
  it('accepts, edits, rejects, goes on to the next round, and writes what was chosen with its history', async () => {
    const { server, client, answer, until, result } = await begin('one.yaml')
    expect((await client.get('/api/overview')).json()).toEqual({ parts: ['cold-start'], dataset: null })
    const first = await until('candidate')
    expect([first.round, first.waiting, first.examples]).toEqual([0, 3, []])
    expect(first.phase.candidate.user).toContain('A dog plays with ball <b>')
    expect(first.phase.candidate.pairs.length).toBeGreaterThan(0)
    expect((await answer(first.phase.question, { kind: 'accept' })).status).toBe(200)
    const second = await until('candidate')
    expect([second.waiting, second.examples.length]).toEqual([2, 1])
    const edited = { pairs: [{ question: 'Who plays?', answer: 'A dog does.' }] }
    await answer(second.phase.question, { kind: 'edit', reply: edited })
    const third = await until('candidate')
    await answer(third.phase.question, { kind: 'reject', reason: 'dull' })
    const done = await until('round-done')
    expect(done.examples.map(({ annotation }) => annotation)).toEqual([
      first.phase.candidate.annotation,
      second.phase.candidate.annotation,
    ])
    await answer(done.phase.question, { kind: 'next-round' })
    const fourth = await until('candidate')
    expect(fourth.round).toBe(1)
    // Taken back in the middle of a round: the candidate in hand stays.
    await answer(fourth.phase.question, { kind: 'remove', annotation: first.phase.candidate.annotation })
    const again = await until('candidate')
    expect(again.phase.candidate).toEqual(fourth.phase.candidate)
    expect(again.examples).toHaveLength(1)
    await answer(again.phase.question, { kind: 'accept' })
    for (let left = 2; left > 0; left--) await answer((await until('candidate')).phase.question, { kind: 'reject' })
    const over = await until('round-done')
    // And when a round is over.
    await answer(over.phase.question, { kind: 'remove', annotation: again.phase.candidate.annotation })
    const less = await until('round-done')
    expect(less.examples.map(({ annotation }) => annotation)).toEqual([second.phase.candidate.annotation])
    await answer(less.phase.question, { kind: 'finish' })
    const ended = await until('ended')
    const out = join(dir, 'one.yaml')
    expect(ended.phase).toEqual({ kind: 'ended', finished: true, out, error: null })
    expect(await result).toMatchObject({ finished: true, out })
    const written = parse(readFileSync(out, 'utf8')) as Record<string, unknown[]>
    expect(written.examples).toEqual([expect.objectContaining({ reply: edited })])
    expect(written.history!.map((entry) => (entry as { decision: string }).decision)).toEqual([
      'accepted',
      'edited',
      'rejected',
      'accepted',
      'rejected',
      'rejected',
    ])
    expect(written.history![2]).toMatchObject({ reason: 'dull' })
    await server.close()
  })

  it('takes no answer to a question that is no longer open, and none that does not fit', async () => {
    const { answer, until, leave } = await begin('misfits.yaml')
    const { phase } = await until('candidate')
    const refused = async (question: number, given: unknown) => {
      const { status, json } = await answer(question, given)
      return [status, json().code]
    }
    const bad = [400, 'MIMICIT_BAD_VALUE']
    expect(await refused(phase.question + 1, { kind: 'accept' })).toEqual(bad)
    expect(await refused(phase.question, { kind: 'finish' })).toEqual(bad)
    expect(await refused(phase.question, { kind: 'edit', reply: { pairs: [] } })).toEqual(bad)
    expect(await refused(phase.question, { kind: 'edit', reply: 'text' })).toEqual(bad)
    expect(await refused(phase.question, { kind: 'remove', annotation: 'nobody' })).toEqual(bad)
    expect((await refused(phase.question, { kind: 'admire' }))[0]).toBe(400)
    // Two clicks, or two windows: the second one decides nothing.
    const [one, two] = await Promise.all([1, 2].map(() => answer(phase.question, { kind: 'accept' })))
    expect([one!.status, two!.status].sort()).toEqual([200, 400])
    expect((await until('candidate')).examples).toHaveLength(1)
    leave()
  })

  it('can be stopped, and the same search goes on where it was', async () => {
    const before = await begin('later.yaml')
    const first = await before.until('candidate')
    await before.answer(first.phase.question, { kind: 'accept' })
    await before.answer((await before.until('candidate')).phase.question, { kind: 'stop' })
    const ended = await before.until('ended')
    expect(ended.phase).toMatchObject({ finished: false, out: null })
    expect(existsSync(join(dir, 'later.yaml'))).toBe(false)
    const after = await begin('later.yaml')
    const next = await after.until('candidate')
    expect([next.waiting, next.examples.length]).toEqual([2, 1])
    // What it is about was kept with it.
    const { pictures } = (await after.client.get(`/api/cold-start/${next.phase.question}/pictures`)).json()
    expect(pictures).toBe(next.phase.candidate.mediaIds[0] === '000000000001' ? 0 : 1)
    after.leave()
  })

  it('stops when whoever started it asks to; between rounds nothing is written', async () => {
    const stopping = new AbortController()
    const { until, answer, result } = await begin('signal.yaml', { signal: stopping.signal, perRound: 1 })
    await answer((await until('candidate')).phase.question, { kind: 'accept' })
    await until('round-done')
    stopping.abort()
    expect(((await until('ended')).phase as { error: string }).error).toContain('a signal to stop')
    expect(await result).toMatchObject({ code: 'MIMICIT_ABORTED' })
    expect(existsSync(join(dir, 'signal.yaml'))).toBe(false)
    const again = await begin('signal.yaml', { perRound: 1 })
    expect((await again.until('round-done')).examples).toHaveLength(1)
    again.leave()
    const inHand = new AbortController()
    const other = await begin('in-hand.yaml', { signal: inHand.signal })
    await other.until('candidate')
    inHand.abort()
    expect((await other.until('ended')).phase).toMatchObject({ finished: false, error: null })
  })

  it('tells what breaks the search', async () => {
    mkdirSync(join(dir, 'there.yaml'))
    const { until } = await begin('there.yaml')
    expect((await until('ended')).phase).toMatchObject({ error: expect.stringContaining('there.yaml') })
  })

  it('shows the pictures of the candidate in hand, of nothing else, and to nobody else', async () => {
    const { server, client, until, answer, leave } = await begin('pictures.yaml')
    let shown = await until('candidate')
    if (shown.phase.candidate.mediaIds[0] === '000000000001') {
      await answer(shown.phase.question, { kind: 'reject' })
      shown = await until('candidate')
    }
    const at = `/api/cold-start/${shown.phase.question}/pictures`
    const picture = await client.get(`${at}/0`)
    expect([picture.status, picture.headers['content-type']]).toEqual([200, 'image/jpeg'])
    expect([...picture.bytes.subarray(0, 2)]).toEqual([0xff, 0xd8])
    expect((await client.get(`${at}/1`)).json().code).toBe('MIMICIT_NOT_FOUND')
    expect((await client.get(`${at}/..%2f..%2fcaptions.json`)).status).toBe(400)
    expect((await client.get(`/api/cold-start/${shown.phase.question + 1}/pictures/0`)).status).toBe(404)
    expect((await send(server, `${at}/0`)).status).toBe(401)
    const body = JSON.stringify({ question: shown.phase.question, answer: { kind: 'accept' } })
    const cookie = `mimicit-${new URL(server.origin).port}=${server.token}`
    const foreign = await send(
      server,
      '/api/cold-start/answers',
      { cookie, origin: 'http://evil.example' },
      { method: 'POST', body },
    )
    expect(foreign.status).toBe(403)
    // A page that was answered by key asks for the picture when the question is no longer open.
    await answer(shown.phase.question, { kind: 'reject' })
    expect((await client.get(`${at}/0`)).status).toBe(200)
    leave()
  })
})
