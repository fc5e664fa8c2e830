// Short answers as the VQA challenge and POPE read and score them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { vqaAccuracy, vqaAnswer } from '../../../src/evaluate/answers/vqa-answer.js'
import { readYesNo, yesNoScores } from '../../../src/evaluate/answers/yes-no.js'
import { fewShotTasks } from '../../../src/evaluate/few-shot/tasks.js'

describe('vqaAnswer', () => {
  it.each([
    ['The Dog', 'dog'],
    ['two dogs.', '2 dogs'],
    ['None', '0'],
    ['dont know', "don't know"],
    ['couldntve', "couldn't've"],
    ['well, its hell', 'well its hell'],
    ['red/white', 'red white'],
    ['red / white', 'red white'],
    ['1,000', '1000'],
    ['3.5 m', '3.5 m'],
    ['yes!', 'yes'],
    [' a\nlarge\ttable ', 'large table'],
  ])('%j is %j', (text, expected) => {
    expect(vqaAnswer(text)).toBe(expected)
  })

  it('changes nothing the second time', () => {
    const word = fc.constantFrom('the', 'two', 'dog', 'dont', 'x', '5', 'blue')
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const once = vqaAnswer(words.join(' '))
        expect(vqaAnswer(once)).toBe(once)
      }),
    )
  })
})

describe('vqaAccuracy', () => {
  const people = (blue: number, red: number) => [...Array(blue).fill('blue'), ...Array(red).fill('red')]

  it('leaves each of ten people out', () => {
    // Three of ten: for those three two others agree, for the other seven all three.
    expect(vqaAccuracy('Blue.', people(3, 7))).toBeCloseTo((3 * (2 / 3) + 7) / 10, 12)
    expect(vqaAccuracy('blue', people(4, 6))).toBe(1)
    expect(vqaAccuracy('blue', people(1, 9))).toBeCloseTo(9 / 30, 12)
    expect(vqaAccuracy('green', people(5, 5))).toBe(0)
  })

  it('wants a single answer to be met, and of few people all the others', () => {
    expect(vqaAccuracy('a blue', ['Blue'])).toBe(1)
    expect(vqaAccuracy('red', ['blue'])).toBe(0)
    expect(vqaAccuracy('blue', ['blue', 'blue', 'blue'])).toBe(1)
    expect(vqaAccuracy('blue', ['blue', 'red'])).toBe(0.5)
  })
})

describe('yes and no', () => {
  it.each([
    ['Yes, there is.', 'yes'],
    ['No', 'no'],
    ['There is not. Yes.', 'no'],
    ["It isn't", 'no'],
    ['Nothing', 'unclear'],
    ['', 'unclear'],
  ] as const)('%j is %s', (text, expected) => {
    expect(readYesNo(text)).toBe(expected)
  })

  it('are scored with yes as the positive class', () => {
    const scores = yesNoScores(['yes', 'yes', 'no', 'no', 'maybe'], [true, false, true, false, false])
    expect(scores).toMatchObject({ accuracy: 2 / 5, precision: 1 / 3, recall: 1 / 2, yesRatio: 3 / 5, unclear: 1 })
    expect(scores.f1).toBeCloseTo(0.4, 12)
    // No answer is no yes: it would be right half of the time.
    expect(yesNoScores(['', ' '], [true, false])).toMatchObject({ accuracy: 0, yesRatio: 1 / 2, unclear: 2 })
    expect(yesNoScores(['no'], [false])).toMatchObject({ accuracy: 1, precision: 0, recall: 0, f1: 0, yesRatio: 0 })
  })
})

it('an empty answer to a yes-no question is wrong, item by item too', () => {
  const item = (id: string, prediction: string, label: string) => ({ id, prediction, references: [label] })
  const items = [item('1', '', 'yes'), item('2', '', 'no'), item('3', 'maybe', 'yes'), item('4', 'No.', 'no')]
  const { scores, items: each } = fewShotTasks['yes-no'].score(items)
  expect(each).toEqual([0, 0, 1, 1])
  expect(scores.accuracy).toBe(1 / 2)
})
