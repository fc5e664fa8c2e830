// A reply as a whole against the numbers of its task, and how the model is told what was wrong.
import { describe, expect, it } from 'vitest'
import { pairList, pairsReply } from '../../../src/syphus/output-form.js'
import { askAgainRequest, isWorthAskingAgain, readReply } from '../../../src/syphus/parse/read-reply.js'
import type { TaskRules } from '../../../src/syphus/task.js'

const rules: TaskRules = { minPairs: 2, maxPairs: 8, forbidden: [] }
const replyOf = (text: string, finish: 'stop' | 'length' | 'content-filter' = 'stop') => ({
  text,
  finish,
  usage: { promptTokens: 1, completionTokens: 1 },
})
const many = (count: number) =>
  JSON.stringify(pairsReply(...Array.from({ length: count }, (_, n) => [`Question ${n}?`, `Answer ${n}.`] as const)))
const read = (text: string, more: Partial<TaskRules> = {}, finish?: 'stop' | 'length' | 'content-filter') =>
  readReply({ output: pairList, rules: { ...rules, ...more } }, replyOf(text, finish))

describe('the number of pairs', () => {
  it.each([2, 8])('may be %i', (count) => expect(read(many(count))).toMatchObject({ shape: 'json' }))

  it.each([
    [1, 'few-pairs', 'The reply has 1 pair where 2 to 8 were asked for.'],
    [300, 'many-pairs', 'The reply has 300 pairs where 2 to 8 were asked for.'],
  ])('must not be %i', (count, code, reason) => expect(read(many(count))).toEqual({ fault: { code, reason } }))

  it('is told as exact where it is', () => {
    expect(read(many(3), { maxPairs: 2 })).toMatchObject({
      fault: { reason: 'The reply has 3 pairs where exactly 2 were asked for.' },
    })
  })

  it('is too small because the reply was cut off', () => {
    expect(read(many(3).slice(0, 60), {}, 'length')).toMatchObject({
      fault: { code: 'cut', reason: 'The reply has 1 pair where 2 to 8 were asked for, because it was cut off.' },
    })
  })
})

describe('rounds', () => {
  const talks = {
    ...pairList,
    read: () => ({
      pairs: ['a', 'a', 'b'].map((conversation) => ({ instruction: 'x', response: 'y', conversation })),
    }),
  }
  it('are counted by conversation', () => {
    expect(readReply({ output: talks, rules: { ...rules, rounds: 2 } }, replyOf(many(3)))).toEqual({
      fault: { code: 'rounds', reason: 'Conversation b has 1 rounds where exactly 2 were asked for.' },
    })
  })
})

describe('asking once more', () => {
  const request = { messages: [{ role: 'user' as const, content: 'The dog.' }], maxTokens: 99, temperature: 0.7 }
  const again = (text: string) => {
    const reply = replyOf(text)
    const parsed = readReply({ output: pairList, rules }, reply)
    if (!('fault' in parsed)) throw new Error('not a bad reply')
    return askAgainRequest(request, reply, parsed.fault, pairList.says)
  }

  it('shows what came back, why it is of no use, and how to answer', () => {
    const { messages, ...rest } = again('What a good dog!')
    expect(rest).toEqual({ maxTokens: 99, temperature: 0.7 })
    expect(messages).toEqual([
      { role: 'user', content: 'The dog.' },
      { role: 'assistant', content: 'What a good dog!' },
      {
        role: 'user',
        content: `That reply cannot be used. The reply has neither JSON nor questions with answers. ${pairList.says}`,
      },
    ])
  })

  it('sends back no empty turn, and no more than a few thousand characters', () => {
    expect(again('').messages.map(({ role }) => role)).toEqual(['user', 'user'])
    expect(again(many(300)).messages[1]!.content.length).toBeLessThan(4100)
  })

  it('is of no use where a content policy stopped the reply', () => {
    const parsed = read('', {}, 'content-filter')
    expect('fault' in parsed && isWorthAskingAgain(parsed.fault)).toBe(false)
    expect(isWorthAskingAgain({ code: 'empty', reason: '' })).toBe(true)
  })
})
