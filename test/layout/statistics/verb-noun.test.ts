// Root verbs and objects of instructions as people write them.
import { beforeAll, describe, expect, it } from 'vitest'
import { verbNounOf } from '../../../src/layout/statistics/verb-noun.js'
import { verbTable } from '../../../src/layout/statistics/verb-table.js'
import { type EnglishTagger, englishTagger } from '../../../src/text/english.js'

let tag: EnglishTagger
beforeAll(async () => {
  tag = await englishTagger()
})

describe('the root of', () => {
  it.each([
    ['Describe the scene in detail.', 'describe', 'scene'],
    ['List the objects visible on the desk.', 'list', 'object'],
    ['Can you identify the color of the bicycle?', 'identify', 'color'],
    ['What is the man holding in his hand?', 'hold', null],
    ['Why did the child throw the red ball at the window?', 'throw', 'ball'],
    ['What does the picture show?', 'show', null],
    ['Look at the dog.', 'look', null],
    ['How does the group prepare the food before they eat lunch?', 'prepare', 'food'],
    ['What toy is the child holding?', 'hold', 'toy'],
    ['How many dogs are there?', 'be', 'dog'],
    ['What color is the car? Describe it.', 'be', 'color'],
    ['Tell me what activity the people are performing.', 'tell', null],
    ['What might happen next after the woman opens the box?', 'happen', null],
    ['Explain the main differences between the two images.', 'explain', 'difference'],
  ])('%j is %s, %s', (instruction, verb, noun) => expect(verbNounOf(tag(instruction))).toEqual({ verb, noun }))

  it.each(['', '?!', 'Blue.'])('%j is none', (instruction) => expect(verbNounOf(tag(instruction))).toBeNull())
})

describe('a table of verbs', () => {
  it('has the most frequent first, and equal ones by name', () => {
    const table = verbTable()
    for (const [verb, noun] of [
      ['see', 'dog'],
      ['be', null],
      ['see', 'cat'],
      ['see', 'dog'],
      ['ask', 'man'],
    ] as const)
      table.add(verb, noun)
    expect(table.top(2, 1)).toEqual([
      { verb: 'see', count: 3, nouns: [{ noun: 'dog', count: 2 }] },
      { verb: 'ask', count: 1, nouns: [{ noun: 'man', count: 1 }] },
    ])
  })

  it('forgets what is rare when there is too much, and keeps what is frequent', () => {
    const table = verbTable(100)
    for (let n = 0; n < 5000; n++) {
      table.add('see', `thing-${n}`)
      if (n % 3 === 0) table.add('see', 'dog')
    }
    expect(table.top(1, 1)).toEqual([{ verb: 'see', count: 6667, nouns: [{ noun: 'dog', count: 1667 }] }])
  })
})
