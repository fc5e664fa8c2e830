// Every filter on texts as models write them: what it must catch, and what looks like it and must pass.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MimicitError } from '../../../src/base/errors.js'
import type { PairAbout } from '../../../src/syphus/filters/filter.js'
import type { FilterName } from '../../../src/syphus/filters/index.js'
import { createJudge, type Judge } from '../../../src/syphus/filters/judge.js'
import { dense } from './task-rules.js'

const ABOUT: PairAbout = { language: 'en', evidence: '', media: 'a' }
let judges: Record<string, Judge> = {}
const of = async (filter: FilterName) => (judges[filter] ??= await createJudge({ filters: [filter], replacements: [] }))
const rulesFound = async (
  filter: FilterName,
  instruction: string,
  response: string,
  about: Partial<PairAbout> = {},
) => {
  const { verdicts } = await (await of(filter)).judge({ instruction, response }, { ...ABOUT, ...about })
  return verdicts.map(({ rule }) => rule)
}
afterAll(() => {
  judges = {}
})

describe('task rules', () => {
  it.each([
    ['What happens at 00:12?', 'He jumps.', ['time-stamp']],
    ['What do I hold?', 'You hold a "secret I know" box.', ['first-person']],
    ['What happens then?', 'She runs to 3 dogs.', []],
    ['Why?', `Because ${'of '.repeat(40)}it.`, ['too-long']],
  ])('%j / %j', async (instruction, response, rules) => {
    expect(await rulesFound('task-rules', instruction, response, { rules: dense })).toEqual(rules)
  })

  it('say nothing where there are none, nor of persons in other languages', async () => {
    expect(await rulesFound('task-rules', 'What do I do at 00:12?', 'I run.')).toEqual([])
    expect(await rulesFound('task-rules', 'I 是什么？', '我', { rules: dense, language: 'zh' })).toEqual([])
  })
})

describe('refusals', () => {
  it.each([
    ["I'm sorry, but I can't help with that.", 'refusal'],
    ['I cannot see the image, so no.', 'refusal'],
    ['As an AI language model, I have no eyes.', 'speaks-as-model'],
    ['作为一个人工智能，我看不到图片。', 'speaks-as-model'],
    ['抱歉，我无法回答。', 'refusal'],
    ['申し訳ありませんが、お答えできません。', 'refusal'],
    ['Lo siento, pero no puedo ver la imagen.', 'refusal'],
    ['Es tut mir leid, das kann ich nicht.', 'refusal'],
    ['Je suis désolé, mais je ne peux pas.', 'refusal'],
    ['죄송하지만 이미지를 볼 수 없습니다.', 'refusal'],
    ['عذرًا، لا يمكنني رؤية الصورة.', 'refusal'],
    ['It is red. I hope this helps!', 'chat'],
    ['The name is [insert name].', 'placeholder'],
  ])('%j is told as %s', async (response, rule) => {
    expect(await rulesFound('refusal', 'What is it?', response)).toContain(rule)
  })

  it('are found in either writing of an apostrophe', async () => {
    for (const apostrophe of ["'", '\u2019', '\u02bc']) {
      const response = `I${apostrophe}m sorry, but I can${apostrophe}t assist with that.`
      expect(await rulesFound('refusal', 'What is it?', response)).toEqual(['refusal'])
    }
  })

  it.each([
    'She says that she is sorry and hugs the child.',
    'The sign says "Sorry, we are closed".',
    'He cannot reach the shelf, so he takes a chair.',
    'Unfortunately the vase is broken.',
  ])('%j is none', async (response) => expect(await rulesFound('refusal', 'What is it?', response)).toEqual([]))

  it('that answer nothing are marked, not dropped', async () => {
    const judge = await of('refusal')
    const judged = await judge.judge({ instruction: 'How old is he?', response: 'His age is not mentioned.' }, ABOUT)
    expect(judged).toMatchObject({ kept: true, verdicts: [{ action: 'warn', rule: 'no-answer' }] })
  })
})

describe('annotation leaks', () => {
  it.each([
    ['According to the caption, a dog runs.', 'source-mentioned'],
    ['The caption says that a dog runs.', 'source-mentioned'],
    ['As described in the annotations, it is red.', 'source-mentioned'],
    ['Based on the given description, it is a park.', 'source-mentioned'],
    ['The bounding box of the dog is large.', 'box-mentioned'],
    ['It stands at [0.12, 0.34, 0.56, 0.78].', 'coordinates'],
    ['Its centre is at (120, 45).', 'coordinates'],
    ['The file 000000391895.jpg shows it.', 'id-mentioned'],
    ['根据描述，有一只狗。', 'source-mentioned'],
    ['Laut der Bildunterschrift rennt ein Hund.', 'source-mentioned'],
    ['キャプションによると犬が走っています。', 'source-mentioned'],
  ])('%j is told as %s', async (response, rule) => {
    expect(await rulesFound('annotation-leak', 'What is it?', response)).toContain(rule)
  })

  it.each([
    'The man reads the caption of the painting aloud.',
    'She draws a box around the word.',
    'There are 2, 3 or 4 birds (maybe five).',
    'He lives in a house from the 1950s, about 1,200 km away.',
  ])('%j is none', async (response) => expect(await rulesFound('annotation-leak', 'What is it?', response)).toEqual([]))
})

describe('markup', () => {
  it.each([
    ['<b>A dog</b> sits there.', ['html']],
    ['A dog <script src="x">alert(1)</script> sits there.', ['html']],
    ['A dog &amp; a cat &#39;sit&#39; there.', ['html']],
    ['A dog.<|endoftext|>', ['prompt-mark']],
    ['A dog [/INST] sits.', ['prompt-mark']],
    ['A dog \ud83d sits.', ['broken-characters']],
    ['A dog\u0000 sits.', ['broken-characters']],
    ['A dog \ufffd sits.', ['broken-characters']],
    ['It costs < 5 and > 3 dollars & more; a\tb\nc.', []],
    ['A \u{1f415} & a \u{1f468}\u200d\u{1f469}\u200d\u{1f466}.', []],
  ])('%j', async (response, rules) => {
    expect(await rulesFound('markup', 'What is it?', response)).toEqual(rules)
  })
})

describe('lengths', () => {
  it.each([
    ['What?', '...', ['empty']],
    ['What is it?', 'what is IT', ['echo']],
    ['Why?', 'word '.repeat(501), ['too-long']],
    ['Why?', 'and then he runs '.repeat(20), ['loops']],
    ['Why?', 'a'.repeat(20_000), ['too-long']],
    ['是什么？', '这是一只狗。', []],
    ['Why?', 'Yes.', []],
  ])('%j', async (instruction, response, rules) => {
    expect(await rulesFound('length', instruction, response)).toEqual(rules)
  })
})

describe('personal data', () => {
  it.each([
    ['Write to jane.doe+cats@mail.example.co.uk now.', 'email'],
    ['Call +49 (30) 1234-5678.', 'phone'],
    ['The van says (555) 123-4567.', 'phone'],
    ['Call 555-123-4567.', 'phone'],
    ['Pay with 4111 1111 1111 1111.', 'card'],
    ['To DE89 3704 0044 0532 0130 00, please.', 'iban'],
    ['Its address is 93.184.216.34.', 'ip'],
    ['Its address is 2001:db8::ff00:42:8329.', 'ip'],
    ['Her number is 536-22-1234.', 'social-security'],
    ['Write to jane.doe (at) mail.example (dot) com.', 'email'],
    [
      'Pay with \uff14\uff11\uff11\uff11 \uff11\uff11\uff11\uff11 \uff11\uff11\uff11\uff11 \uff11\uff11\uff11\uff11.',
      'card',
    ],
    ['Pay with 4111\u200b1111\u200b1111\u200b1111.', 'card'],
    ['اتصل على +٤٩ ١٧٠ ١٢٣٤٥٦٧.', 'phone'],
  ])('%j is told as %s, and not repeated', async (response, rule) => {
    const { verdicts } = await (await of('personal-data')).judge({ instruction: 'What is on it?', response }, ABOUT)
    expect(verdicts.map((verdict) => verdict.rule)).toEqual([rule])
    expect(verdicts[0]!.reason).toMatch(/^The response has an? [\w ]+\.$/)
  })

  it.each([
    'The clock shows 10:45:30.',
    'The card says 4111 1111 1111 1112.',
    'It was built from 1999-2003 for 1,250,000 dollars.',
    'Version 1.2.3 of bus 42.',
    'The plate reads 12-345-67.',
    'The scores are 21 19 18 25 30 28 17.',
  ])('%j has none', async (response) => expect(await rulesFound('personal-data', 'What?', response)).toEqual([]))
})

describe('ungrounded nouns by what they may be called', () => {
  const evidence = 'Captions:\n- A dog sits next to a car.'
  it.each([
    ['The animal sits beside a vehicle.', []],
    ['The puppy sits beside an automobile.', []],
    ['A zebra and an elephant stand beside a boat.', ['ungrounded']],
  ])('%j', async (response, rules) => {
    expect(await rulesFound('ungrounded-nouns', 'What is there?', response, { evidence })).toEqual(rules)
  })
})

describe('ungrounded nouns', () => {
  const evidence = 'A woman rides a horse on the beach.\ndog: 0.1, 0.2, 0.3, 0.4'
  const judged = (instruction: string, response: string) =>
    rulesFound('ungrounded-nouns', instruction, response, { evidence })

  it('are told with their share', async () => {
    const judge = await of('ungrounded-nouns')
    const about = { ...ABOUT, evidence }
    const pair = { instruction: 'What is there?', response: 'There is a helicopter above a castle, near the dog.' }
    expect(await judge.judge(pair, about)).toMatchObject({
      kept: true,
      verdicts: [
        { action: 'warn', rule: 'ungrounded', reason: expect.stringContaining('helicopter, castle'), score: 2 / 3 },
      ],
    })
  })

  it.each([
    [
      'plurals and other words for the same',
      'Who rides?',
      'A lady on a pony near the ocean, with two dogs and other animals.',
    ],
    ['what the question names', 'Is the umbrella open?', 'The umbrella is open.'],
    ['what is not there', 'Is there a car?', 'No, there is no car, and no truck either.'],
    ['talk about the picture', 'What mood has the scene?', 'The background gives an impression of distance.'],
    [
      'one implied thing among many',
      'What is it like?',
      'A woman with her horse and her dog enjoys the sunset at the beach.',
    ],
  ])('are not %s', async (_, instruction, response) => expect(await judged(instruction, response)).toEqual([]))
})

describe('near duplicates', () => {
  const long = (animal: string) =>
    `The ${animal} runs along the long sandy beach in the warm light of the evening while two children follow it, laugh and throw small stones into the calm water.`

  it('are the same question about the same visuals, and long answers copied to others', async () => {
    const judge = await createJudge({ filters: ['near-duplicates'], replacements: [] })
    const rules = async (media: string, instruction: string, response: string) =>
      (await judge.judge({ instruction, response }, { ...ABOUT, media })).verdicts.map(({ rule }) => rule)
    expect(await rules('a', 'What is the big brown dog doing on the beach in the evening?', long('dog'))).toEqual([])
    expect(await rules('a', 'What is the big brown dog doing on the beach in the evening??', 'It runs.')).toEqual([
      'asked-twice',
    ])
    expect(await rules('a', 'What is the small white cat doing on the roof at noon?', 'It sleeps.')).toEqual([])
    // Elsewhere the same may be asked, and answered briefly; but not copied at length.
    expect(await rules('b', 'What is the big brown dog doing on the beach in the evening?', 'It runs.')).toEqual([])
    expect(await rules('c', 'And what is that?', long('dog'))).toEqual(['copied'])
    expect(
      await rules(
        'd',
        'And what is that?',
        `${long('dog').slice(0, 60)} but nobody sees it, because it is late, dark and cold, and all have gone home to eat.`,
      ),
    ).toEqual([])
    expect(judge.counts()).toMatchObject({
      judged: 6,
      dropped: 2,
      objections: {
        'near-duplicates/asked-twice': { action: 'drop', pairs: 1 },
        'near-duplicates/copied': { action: 'drop', pairs: 1 },
      },
    })
  })
})

describe('a judge', () => {
  let judge: Judge
  beforeAll(async () => {
    judge = await createJudge({
      moderator: {
        moderate: async (texts) =>
          texts.map((text) => ({ flagged: text.includes('knife'), categories: ['violence'], score: 0.9 })),
      },
    })
  })

  it('replaces first, keeps what is good, and explains what is not', async () => {
    const good = await judge.judge(
      {
        instruction: 'Question: What should the user (you) do with the red ball?',
        response: 'Throw **it** to the dog.',
        conversation: 'x',
      },
      ABOUT,
    )
    expect(good).toEqual({
      pair: {
        instruction: 'What should you do with the red ball?',
        response: 'Throw it to the dog.',
        conversation: 'x',
      },
      kept: true,
      verdicts: [],
      replaced: { 'user-is-you': 1, 'label-left': 1, 'bold-mark': 1 },
    })
    const bad = await judge.judge(
      {
        instruction: 'Was macht der Hund am Strand mit dem Ball?',
        response: 'According to the caption, mail bob@example.org.',
      },
      ABOUT,
    )
    expect(bad.kept).toBe(false)
    expect(bad.verdicts.map(({ filter, rule }) => `${filter}/${rule}`)).toEqual([
      'annotation-leak/source-mentioned',
      'personal-data/email',
      'language/de',
    ])
    const flagged = await judge.judge(
      { instruction: 'What does she hold in her hand?', response: 'She holds a knife.' },
      ABOUT,
    )
    expect(flagged.verdicts).toEqual([
      {
        filter: 'moderation',
        action: 'drop',
        rule: 'violence',
        reason: 'The moderation flags the response: violence.',
        score: 0.9,
      },
    ])
    expect(judge.counts()).toMatchObject({
      judged: 3,
      kept: 1,
      dropped: 2,
      warned: 0,
      replacements: { 'bold-mark': 1, 'label-left': 1, 'user-is-you': 1 },
    })
  })

  it('refuses filters that do not exist', async () => {
    const error = await createJudge({ filters: ['taste' as 'length'] }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(MimicitError)
    expect(error).toMatchObject({ code: 'MIMICIT_UNKNOWN_NAME' })
  })
})
