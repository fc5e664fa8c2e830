import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBudget } from '../../src/llm/budget.js'
import { openJournal } from '../../src/llm/journal.js'
import { appender } from '../../src/llm/journal-append.js'
import { decodeLine, encodeLine } from '../../src/llm/journal-lines.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const usage = { promptTokens: 10, completionTokens: 5 }
const most = { promptTokens: 40, completionTokens: 64 }
const reply = (key: string, text = `answer to ${key}`) => ({ type: 'reply', key, text, finish: 'stop', usage }) as const
const send = (key: string) => ({ type: 'send', key, id: `ask ${key}`, responder: 'm', most }) as const

describe.skipIf(process.platform !== 'linux')('a full disk', () => {
  it('is told to everybody who writes from then on', async () => {
    const handle = await open('/dev/full', 'a')
    const { append, settled } = appender(handle, '/dev/full')
    const line = Buffer.from('{}\n')
    const full = expect.objectContaining({ code: 'MIMICIT_IO', message: expect.stringContaining('ENOSPC') })
    for (const together of [1, 3, 1, 2]) {
      const ends = await Promise.allSettled(Array.from({ length: together }, () => append(line)))
      for (const end of ends) expect(end).toEqual({ status: 'rejected', reason: full })
    }
    await settled()
    await handle.close()
  })
})

describe('a line', () => {
  it('is told from any other text', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), fc.nat(), (value, at, bit) => {
        fc.pre(!Object.hasOwn(value, 'sum'))
        const line = encodeLine(value)
        expect(decodeLine(line.slice(0, -1))).toEqual(JSON.parse(JSON.stringify(value)))
        expect(JSON.parse(line)).toMatchObject({ sum: expect.stringMatching(/^[0-9a-f]{16}$/) as string })
        const bytes = Buffer.from(line.slice(0, -1))
        bytes[at % bytes.length]! ^= 1 << (bit % 8)
        expect(decodeLine(bytes.toString('utf8'))).toBeUndefined()
        expect(decodeLine(line.slice(0, at % (line.length - 1)))).toBeUndefined()
      }),
    )
  })
})

describe('a journal', () => {
  it('gives back what was written, in this run and the next', async () => {
    const path = join(dir, 'made', 'deep', 'a.jsonl')
    const first = await openJournal(path)
    await Promise.all(
      ['a', 'b', 'ü'].flatMap((key) => [first.add(send(key)), first.add(reply(key, `${key} \n "é" 語`))]),
    )
    expect((await first.reply('ü'))?.text).toBe('ü \n "é" 語')
    await first.close()
    const second = await openJournal(path)
    expect(second.found).toEqual({ replies: 3, givenUp: 0, inFlight: 0, damaged: 0, repaired: false })
    expect(await second.reply('a')).toEqual({ text: 'a \n "é" 語', finish: 'stop', usage })
    expect(await second.reply('c')).toBeUndefined()
    await second.close()
  })

  it('loses nothing but the last record when it is cut anywhere', async () => {
    const path = join(dir, 'cut.jsonl')
    const journal = await openJournal(path)
    for (const key of ['a', 'b', 'c']) {
      await journal.add(send(key))
      await journal.add(reply(key))
    }
    await journal.close()
    const whole = readFileSync(path)
    const ends = [...whole.entries()].flatMap(([at, byte]) => (byte === 0x0a ? [at + 1] : []))
    const lengths = [0, 1, 16, 17, 40, ...ends.flatMap((end) => [end - 1, end, end + 1, end + 90])]
    for (const length of lengths.filter((at) => at <= whole.length)) {
      writeFileSync(path, whole)
      truncateSync(path, length)
      const cut = await openJournal(path)
      const records = ends.filter((end) => end <= length).length
      expect(cut.found.replies).toBe(Math.max(0, Math.floor((records - 1) / 2)))
      expect(cut.found.inFlight).toBe(records > 1 && records % 2 === 0 ? 1 : 0)
      expect(cut.found.repaired).toBe(length > 0 && !ends.includes(length))
      await cut.add(reply('d'))
      await cut.close()
      const after = await openJournal(path)
      expect((await after.reply('d'))?.text).toBe('answer to d')
      expect(after.found).toMatchObject({ damaged: 0, repaired: false })
      await after.close()
    }
  })

  it('leaves out a record that is damaged, and keeps those behind it', async () => {
    const path = join(dir, 'damaged.jsonl')
    const journal = await openJournal(path)
    for (const key of ['a', 'b', 'c']) await journal.add(reply(key))
    await journal.close()
    writeFileSync(path, readFileSync(path, 'utf8').replace('answer to b', 'answer to x'))
    const again = await openJournal(path)
    expect(again.found).toMatchObject({ replies: 2, damaged: 1, repaired: false })
    expect(await again.reply('b')).toBeUndefined()
    expect((await again.reply('c'))?.text).toBe('answer to c')
    await again.close()
  })

  it('counts calls that have no end, and failed ones that may have been paid', async () => {
    const path = join(dir, 'calls.jsonl')
    const journal = await openJournal(path)
    for (const key of ['a', 'b', 'c', 'd', 'd']) await journal.add(send(key))
    await journal.add(reply('a'))
    const failed = { type: 'failed', code: 'MIMICIT_NETWORK', message: 'broken' } as const
    await journal.add({ ...failed, key: 'b', maybePaid: true })
    await journal.add({ ...failed, key: 'c', maybePaid: false })
    await journal.add(reply('d'))
    await journal.close()
    const again = await openJournal(path)
    expect(again.found.inFlight).toBe(1)
    const budget = createBudget({ prices: { prompt: 1e6, completion: 0 } })
    again.charge(budget)
    expect(budget.spent()).toEqual({
      ...{ promptTokens: 20, completionTokens: 10, maybeCalls: 2, maybeTokens: 2 * 104, cost: 20 + 2 * 40 },
    })
    await again.close()
  })

  it('has one writer', async () => {
    const path = join(dir, 'busy.jsonl')
    const journal = await openJournal(path)
    await expect(openJournal(path)).rejects.toMatchObject({ code: 'MIMICIT_BUSY' })
    await journal.close()
    // What a dead process left is taken over; 2^22 is above the largest number that Linux gives.
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: 4_194_305, host: (await import('node:os')).hostname() }))
    await (await openJournal(path)).close()
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: 1, host: 'another-machine' }))
    await expect(openJournal(path)).rejects.toMatchObject({ code: 'MIMICIT_BUSY' })
  })

  it('takes the answers of others, and counts what they cost', async () => {
    const [own, ...parts] = ['own', 'part-1', 'part-2'].map((name) => join(dir, `${name}.jsonl`))
    for (const [i, path] of parts.entries()) {
      const part = await openJournal(path)
      await part.add(send(`key ${i}`))
      await part.add(reply(`key ${i}`))
      await part.add(send('lost'))
      await part.close()
    }
    const journal = await openJournal(own!, { joins: parts })
    expect(journal.found).toMatchObject({ replies: 2, inFlight: 2 })
    expect((await journal.reply('key 1'))?.text).toBe('answer to key 1')
    await journal.add(reply('mine'))
    expect((await journal.reply('mine'))?.text).toBe('answer to mine')
    const budget = createBudget()
    journal.charge(budget)
    expect(budget.spent()).toMatchObject({ promptTokens: 20, completionTokens: 10, maybeCalls: 2 })
    await expect(openJournal(parts[0]!)).rejects.toMatchObject({ code: 'MIMICIT_BUSY' })
    await journal.close()
    await (await openJournal(parts[0]!)).close()
    const missing = openJournal(join(dir, 'x.jsonl'), { joins: [join(dir, 'nowhere.jsonl')] })
    await expect(missing).rejects.toMatchObject({ code: 'MIMICIT_NOT_FOUND' })
  })

  it('is not made of a file that is none', async () => {
    const path = join(dir, 'notes.txt')
    for (const text of ['notes of mine\n', 'no end', '{"type":"journal","v":2,"sum":"0"}\n']) {
      writeFileSync(path, text)
      await expect(openJournal(path)).rejects.toMatchObject({ code: 'MIMICIT_BAD_RECORD' })
      expect(readFileSync(path, 'utf8')).toBe(text)
    }
    appendFileSync(path, '')
    await expect(openJournal(dir)).rejects.toMatchObject({ code: 'MIMICIT_IO' })
  })
})
