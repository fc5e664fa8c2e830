// The moderation of an end point: asked once for the same texts, also after a restart, and found missing by one call.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openJournal } from '../../src/llm/journal.js'
import { findModeration } from '../../src/llm/moderation.js'
import { faultOf } from '../support/fault.js'
import { type LlmServer, type LlmServerOptions, startLlmServer } from '../support/llm-server.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const ENV = 'MODERATION_TEST_KEY'
let server: LlmServer
const violence = (text: string) => (text.includes('kill') ? ['violence'] : [])
const start = async (options: LlmServerOptions = { moderate: violence }) => {
  server = await startLlmServer({ key: 'secret-of-moderation', ...options })
  return { baseUrl: server.url, apiKeyEnv: ENV }
}

beforeEach(() => {
  process.env[ENV] = 'secret-of-moderation'
})
afterEach(async () => {
  await server.close()
  delete process.env[ENV]
})

describe('a moderation', () => {
  test('tells for each text what it finds, and is asked once for each, also by the next run', async () => {
    const path = join(dir, 'journal.jsonl')
    const end = await start()
    for (const run of [1, 2]) {
      const journal = await openJournal(path)
      const { moderator } = await findModeration({ ...end, journal })
      expect(await moderator!.moderate(['A dog.', 'They kill a dog.'])).toEqual([
        { flagged: false, categories: [], score: 0.01 },
        { flagged: true, categories: ['violence'], score: 0.9 },
      ])
      expect((await moderator!.moderate(['They kill a dog.', 'A cat.'])).map(({ flagged }) => flagged)).toEqual([
        true,
        false,
      ])
      await journal.close()
      expect(server.moderated.slice(1), `run ${run}`).toEqual([['A dog.', 'They kill a dog.'], ['A cat.']])
    }
    expect(readFileSync(path, 'utf8')).not.toContain('secret-of-moderation')
  })

  test('is missing where the end point says so, and that is no error', async () => {
    const end = await start({})
    expect(await findModeration(end)).toEqual({ moderator: undefined, why: expect.stringMatching(/^status 404/) })
    expect(server.statuses.get(404)).toBe(1)
  })

  test('a wrong key is told, not taken for a missing moderation', async () => {
    const end = await start()
    process.env[ENV] = 'wrong'
    const fault = await faultOf(findModeration(end))
    expect(fault).toMatchObject({ code: 'MIMICIT_NETWORK', parts: { received: expect.stringMatching(/^status 401/) } })
    expect(fault.message).toContain(ENV)
    expect(fault.message).not.toContain('wrong')
  })
})
