// A prompt over the imported fixtures: the row and the pictures of training, cut after <answer>.
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { assemblyRules } from '../../src/loader/assembly-rules.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { makePrompt } from '../../src/loader/prompt.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const data = join(tempDir(), 'data')
const { special } = byteTokenizer
let dataset: Dataset
beforeAll(async () => {
  await importFixtures(data)
  dataset = await openDataset(data)
  return () => dataset.close()
})
const pairOf = async (id: string) => dataset.pair(await dataset.pairRow(id))

describe('a prompt', () => {
  test('is the beginning of the row that training would see, with the same pictures and no labels', async () => {
    const rules = await assemblyRules({})
    let checked = 0
    for await (const batch of loadMimicIT(data, { batchSize: 1, imageSize: 16, shots: 2, seed: 2 })) {
      const query = await pairOf(batch.ids[0]!)
      const contexts = await Promise.all(batch.contextIds[0]!.map(pairOf))
      const prompt = await makePrompt(dataset, { query, contexts, rules, imageSize: 16 })
      const cut = batch.inputIds.lastIndexOf(special.answer) + 1
      expect(prompt.shape).toEqual({ ...batch.shape, L: cut })
      expect([...prompt.inputIds]).toEqual([...batch.inputIds.subarray(0, cut)])
      expect(prompt.attentionMask.every((one) => one === 1)).toBe(true)
      expect(prompt.labels.every((label) => label === -100)).toBe(true)
      expect(prompt.pixelValues).toEqual(batch.pixelValues)
      expect(prompt.mediaMask).toEqual(batch.mediaMask)
      expect([prompt.ids, prompt.contextIds]).toEqual([batch.ids, batch.contextIds])
      if (++checked === 20) break
    }
    expect(checked).toBe(20)
  })

  test('does not hold the response of its query, but those of its contexts', async () => {
    const query = { ...(await pairOf('LA_INS_000000516008_0')), response: 'nobody may read this' }
    const context = await pairOf('CGD_INS_000001')
    const prompt = await makePrompt(dataset, {
      query,
      contexts: [context],
      rules: await assemblyRules({ template: 'simple-blanks' }),
      imageSize: 8,
    })
    const text = byteTokenizer.decode(prompt.inputIds)
    expect(text).not.toContain('nobody')
    expect(text).toContain(`GPT: ${context.response}`)
    expect(text.endsWith(`User: ${query.instruction} GPT:`)).toBe(true)
    expect(prompt.inputIds.at(-1)).toBe(special.answer)
    expect(prompt.shape).toMatchObject({ B: 1, T: 3, F: 1, H: 8, W: 8 })
  })

  test('without pictures has no slots', async () => {
    const query = { ...(await pairOf('LA_INS_000000516008_0')), media: [], mediaIds: [] }
    const prompt = await makePrompt(dataset, { query, contexts: [], rules: await assemblyRules({}), imageSize: 8 })
    expect(prompt.shape).toMatchObject({ T: 0, F: 0 })
  })

  test('that is too long, or asks for a picture that is not there, says so', async () => {
    const query = await pairOf('LA_INS_000000516008_0')
    const short = await assemblyRules({ maxTokens: 10 })
    const fault = await faultOf(makePrompt(dataset, { query, contexts: [], rules: short, imageSize: 8 }))
    expect(fault.code).toBe('MIMICIT_TOO_LONG')
    expect(fault.message).toContain('LA_INS_000000516008_0')
    const rules = await assemblyRules({})
    const beyond = { ...query, media: [99] }
    const gone = await faultOf(makePrompt(dataset, { query: beyond, contexts: [], rules, imageSize: 8 }))
    expect(gone.code).toBe('MIMICIT_BAD_VALUE')
    expect(gone.message).toContain('a media row from 0 to 15')
  })
})
