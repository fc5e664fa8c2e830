// Words of captions as the COCO tools split them. The expected words follow from the Penn Treebank's rules and the list of
// punctuation that those tools leave out.
import { describe, expect, it } from 'vitest'
import { captionTokenisers } from '../../src/evaluate/tokens/index.js'
import { ptbTokens } from '../../src/evaluate/tokens/ptb.js'

describe('ptbTokens', () => {
  it.each([
    ['A man is riding a horse.', 'a man is riding a horse'],
    ["A dog's bowl isn't full, can't be; we'll see!", "a dog 's bowl is n't full ca n't be we 'll see"],
    ["It is the dogs' park - or not...", 'it is the dogs park or not'],
    ['A black-and-white photo (old) of "things"', 'a black-and-white photo -lrb- old -rrb- of things'],
    ['Mr. Smith and St. Mary at 10:30 p.m., No. 5', 'mr. smith and st. mary at 10:30 p.m. no. 5'],
    ['costs $1,000.50 or 20% off & more', 'costs $ 1,000.50 or 20 % off & more'],
    ['You cannot do that; gonna go', 'you can not do that gon na go'],
    ['a red/white sign', 'a red\\/white sign'],
    ['Ein Mädchen läuft — über die Straße', 'ein mädchen läuft über die straße'],
    ['I’m “here”', "i 'm here"],
    ['', ''],
    ['?!.,', ''],
  ])('%j', (text, expected) => {
    expect(ptbTokens(text).join(' ')).toBe(expected)
  })

  it('keeps punctuation if asked to', () => {
    expect(ptbTokens('"Stop", he said...', false)).toEqual(['``', 'stop', "''", ',', 'he', 'said', '...'])
  })
})

it('white space changes nothing else', () => {
  expect(captionTokenisers.whitespace(' A  dog,\truns. ')).toEqual(['A', 'dog,', 'runs.'])
})
