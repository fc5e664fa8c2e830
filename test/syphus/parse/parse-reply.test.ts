// Replies as models write them: what is a pair comes out as it stands, what is none comes out as a reason.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { outputForm, pairList } from '../../../src/syphus/output-form.js'
import { parseReply } from '../../../src/syphus/parse/parse-reply.js'

const reply = (text: string, finish: 'stop' | 'length' | 'content-filter' = 'stop') => ({
  text,
  finish,
  usage: { promptTokens: 1, completionTokens: 1 },
})
const parse = (text: string, finish?: 'stop' | 'length' | 'content-filter') => parseReply(pairList, reply(text, finish))
const DOG = { instruction: 'What does the dog do?', response: 'It jumps into the lake.' }
const SKY = { instruction: 'How is the sky?', response: 'Cloudy, with a little sun.' }
const json = JSON.stringify({
  pairs: [DOG, SKY].map(({ instruction, response }) => ({ question: instruction, answer: response })),
})
const both = (shape: string, notes: readonly string[] = []) => ({ pairs: [DOG, SKY], shape, notes })

describe('JSON', () => {
  it('is read as it was asked for', () => expect(parse(json)).toEqual(both('json')))

  it.each([
    ['in a fence', `Here you are:\n\n\`\`\`json\n${json}\n\`\`\`\n`],
    ['in prose with other brackets', `[Note: two pairs {as asked}] ${json} Tell me if you need more [1].`],
    ['one object a line', json.replace('{"pairs":[', '').replace(']}', '').replace('},{', '}\n{')],
  ])('is found %s', (_, text) => expect(parse(text)).toEqual(both('json-in-text')))

  it.each([
    ['a bare list', json.slice('{"pairs":'.length, -1)],
    ['another name of the list', json.replace('"pairs"', '"qa_pairs"')],
    ['other names of the fields', json.replaceAll('"question"', '"Instruction"').replaceAll('"answer"', '"response"')],
  ])('may have %s', (_, text) => expect(parse(text)).toEqual(both('json')))

  it('is not looked for in what was thought aloud before', () => {
    const draft = '{"pairs":[{"question":"What?","answer":"That."}]}'
    expect(parse(`<think>Maybe ${draft}, or not.</think>\n\n${json}`)).toEqual(both('json'))
    expect(parse(`Maybe ${draft}, or not.</think>${json}`)).toEqual(both('json'))
    expect(parse(`<think>Maybe ${draft}`, 'length')).toMatchObject({ fault: { code: 'cut' } })
    expect(parse(`<think>Maybe ${draft}</think>`)).toMatchObject({ fault: { code: 'no-pairs' } })
  })

  it('may have line breaks in its strings and commas before brackets', () => {
    const text = '{"pairs": [{"question": "What does\nthe dog do?", "answer": "It jumps into the lake.",},]}'
    expect(parse(text)).toMatchObject({ pairs: [{ ...DOG, instruction: 'What does\nthe dog do?' }] })
  })

  it('that is cut off gives its whole pairs and no half one', () => {
    for (let end = json.indexOf('},{') + 1; end < json.length - 3; end++) {
      expect(parse(json.slice(0, end), 'length'), json.slice(0, end)).toEqual({
        pairs: [DOG],
        shape: 'cut-json',
        notes: ['The reply was cut off; its whole pairs were kept.'],
      })
    }
  })

  it('that is cut off in its first pair is a fault', () => {
    for (let end = 1; end <= json.indexOf('},{'); end++) {
      expect(parse(json.slice(0, end), 'length'), json.slice(0, end)).toMatchObject({ fault: { code: 'cut' } })
    }
  })

  it('of another form says what is wrong with it', () => {
    expect(parse('{"pairs": [{"question": "What?", "answer": 3}]}')).toMatchObject({
      fault: { code: 'wrong-form', reason: expect.stringContaining('pairs[0].answer') },
    })
    expect(parse('{"pairs": []}')).toMatchObject({ fault: { code: 'wrong-form' } })
    expect(parse('null')).toMatchObject({ fault: { code: 'wrong-form' } })
  })

  it('keeps conversations whole when it is cut off', () => {
    const form = outputForm(
      'talks',
      '',
      z.object({
        talks: z.array(z.object({ about: z.string(), rounds: z.array(z.object({ q: z.string(), a: z.string() })) })),
      }),
      ({ talks }) =>
        talks.flatMap(({ about, rounds }) =>
          rounds.map(({ q, a }) => ({ instruction: q, response: a, conversation: about })),
        ),
    )
    const text =
      '{"talks":[{"rounds":[{"q":"a","a":"b"},{"q":"c","a":"d"}],"about":"x"},{"rounds":[{"q":"e","a":"f"},{"q":"g'
    expect(parseReply(form, reply(text, 'length'))).toMatchObject({
      pairs: [
        { instruction: 'a', conversation: 'x' },
        { instruction: 'c', conversation: 'x' },
      ],
    })
  })
})

describe('text', () => {
  it.each([
    [
      'plain',
      'Question: What does the dog do?\nAnswer: It jumps into the lake.\n\nQuestion: How is the sky?\nAnswer: Cloudy, with a little sun.',
    ],
    [
      'with numbers',
      '1. Question: What does the dog do?\n   Answer: It jumps into the lake.\n2. Question: How is the sky?\n   Answer: Cloudy, with a little sun.',
    ],
    [
      'short and numbered',
      'Q1: What does the dog do?\nA1: It jumps into the lake.\nQ2: How is the sky?\nA2: Cloudy, with a little sun.',
    ],
    [
      'bold',
      '**Question:** What does the dog do?\n**Answer:** It jumps into the lake.\n\n---\n\n**Question 2:** How is the sky?\n**Answer 2:** Cloudy, with a little sun.',
    ],
    [
      'bold as a whole',
      '- **Q: What does the dog do?**\n- A: It jumps into the lake.\n- **Q: How is the sky?**\n- A: Cloudy, with a little sun.',
    ],
    [
      'in capitals, with headings',
      '### Pair 1\nQUESTION : What does the dog do?\nANSWER : It jumps into the lake.\n### Pair 2\nQUESTION : How is the sky?\nANSWER : Cloudy, with a little sun.',
    ],
    [
      'with a preamble',
      'Sure! Here are two pairs.\n\nQ: What does the dog do?\nA: It jumps into the lake.\nQ: How is the sky?\nA: Cloudy, with a little sun.',
    ],
  ])('is read: %s', (_, text) => expect(parse(text)).toEqual(both('text')))

  it('goes on over lines', () => {
    expect(
      parse('Question: Which things?\nName all.\nAnswer: A dog,\n\n- a ball.\nQuestion: And?\nAnswer: No.'),
    ).toMatchObject({
      pairs: [
        { instruction: 'Which things?\nName all.', response: 'A dog,\n\n- a ball.' },
        { instruction: 'And?', response: 'No.' },
      ],
    })
  })

  it.each([
    ['zh', '问题：这只狗在做什么？\n答案：它跳进了湖里。'],
    ['ja', '質問：犬は何をしていますか？\n回答：湖に飛び込んでいます。'],
    ['es', 'Pregunta: ¿Qué hace el perro?\nRespuesta: Salta al lago.'],
    ['de', 'Frage: Was macht der Hund?\nAntwort: Er springt in den See.'],
    ['fr', 'Question : Que fait le chien ?\nRéponse : Il saute dans le lac.'],
    ['ko', '질문: 개는 무엇을 하고 있나요?\n답변: 호수로 뛰어들고 있어요.'],
    ['ar', 'السؤال: ماذا يفعل الكلب؟\nالإجابة: يقفز إلى البحيرة.'],
  ])('is read in %s', (_, text) => {
    const [asked, answered] = text.split('\n').map((line) => line.slice(line.search(/[:：]/) + 1).trim())
    expect(parse(text)).toMatchObject({ pairs: [{ instruction: asked, response: answered }], shape: 'text' })
  })

  it('makes no pair of halves, and says how many there were', () => {
    const text = 'Question: Alone?\nQuestion: What does the dog do?\nAnswer: It jumps into the lake.\nAnswer: Twice.'
    expect(parse(text)).toEqual({
      pairs: [DOG],
      shape: 'text',
      notes: ['2 questions or answers without their other half were left out.'],
    })
  })

  it('that was cut off loses its last answer', () => {
    expect(
      parse('Q: What does the dog do?\nA: It jumps into the lake.\nQ: How is the sky?\nA: Clou', 'length'),
    ).toMatchObject({
      pairs: [DOG],
    })
  })
})

describe('a reply of no use', () => {
  it.each([
    ['', 'empty'],
    [' \n\t', 'empty'],
    ['The dog is a good boy. He jumps: what a day!', 'no-pairs'],
    ['I am sorry, but I cannot help with that.', 'no-pairs'],
    ['[[[[{{{{', 'no-pairs'],
  ])('%j is told as %s', (text, code) => expect(parse(text)).toMatchObject({ fault: { code } }))

  it('that the server stopped is told as that', () => {
    expect(parse(json, 'content-filter')).toMatchObject({ fault: { code: 'content-filter' } })
  })
})

/** What people write, JSON's brackets, labels and other troubles, in any order. */
const pieces = fc.oneof(
  fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', '\n', '\\u00', '"question"', '"answer": ', '"pairs":['),
  fc.constantFrom('Question: ', 'Answer: ', '**Q1:** ', 'A: ', '\n- ', '1. ', '答案：', '---\n', '```json\n', json),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)
const squeezed = (text: string) => text.replace(/\s+/g, '')
/** The text as it stands, and as JSON strings would have meant it. */
const meanings = (text: string) =>
  squeezed(text) +
  squeezed(
    text.replace(/\\u([0-9a-f]{4})|\\(.)/gi, (_, hex: string | undefined, one: string) =>
      hex === undefined
        ? ({ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }[one] ?? one)
        : String.fromCharCode(Number.parseInt(hex, 16)),
    ),
  )

describe('any reply at all', () => {
  it('never throws and never gives what does not stand in it', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 24 }), fc.constantFrom('stop', 'length'), (parts, finish) => {
        const text = parts.join('')
        const parsed = parse(text, finish as 'stop')
        if ('fault' in parsed) {
          expect(parsed.fault.reason).toMatch(/^The .+[.:]/s)
          return
        }
        const source = meanings(text)
        for (const { instruction, response } of parsed.pairs) {
          expect(instruction.trim()).not.toBe('')
          expect(source).toContain(squeezed(instruction))
          expect(source).toContain(squeezed(response))
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('that is pairs in JSON comes back as those pairs, and cut anywhere as the first of them', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map((value) => value.trim())
      .filter((value) => value !== '')
    const list = fc.array(fc.record({ question: text, answer: text }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(list, fc.nat(), fc.boolean(), (pairs, at, indent) => {
        const whole = JSON.stringify({ pairs }, null, indent ? 2 : 0)
        const wanted = pairs.map(({ question, answer }) => ({ instruction: question, response: answer }))
        expect(parse(whole)).toEqual({ pairs: wanted, shape: 'json', notes: [] })
        const cut = parse(whole.slice(0, at % whole.length), 'length')
        if ('pairs' in cut && cut.shape !== 'text') expect(wanted.slice(0, cut.pairs.length)).toEqual(cut.pairs)
      }),
    )
  })

  it('of brackets without end takes no minutes, as it once did', () => {
    const began = performance.now()
    for (const text of [
      '['.repeat(1e5),
      '{"a":'.repeat(5e4),
      `"${'\\'.repeat(1e5)}`,
      `${'* '.repeat(5e4)}:`,
      'Q'.repeat(1e5),
      '[{},'.repeat(25_000),
    ])
      parse(text)
    expect(performance.now() - began).toBeLessThan(15_000)
  })
})
