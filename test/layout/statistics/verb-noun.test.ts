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
    ['Does this picture show a cake?', 'show', 'cake'],
    ['Does the picture show more than one oven?', 'show', 'oven'],
    ['Is it true that the dog is sleeping?', 'be', null],
    ['Are there teddy bears on the bed?', 'be', 'bear'],
    ['Are teddy bears visible in the picture?', 'be', 'bear'],
    ['How many teddy bears are there?', 'be', 'bear'],
    ['Is there a teddy bear in the picture?', 'be', 'bear'],
    ['What do the teddy bears hold?', 'hold', null],
    ['Is the man riding a horse?', 'ride', 'horse'],
    ['Are the children playing soccer?', 'play', 'soccer'],
    ['Has the woman opened the door?', 'open', 'door'],
    ['Was this picture taken indoors?', 'take', null],
    ['Where was this picture taken?', 'take', null],
    ['What is the cat doing?', 'do', null],
    ['What are the people in the background doing?', 'do', null],
    ['Can you see a sandwich here?', 'see', 'sandwich'],
    ['Can you tell me the colour of the stove?', 'tell', 'color'],
    ['Could you please describe the room?', 'describe', 'room'],
    ['What can be seen here: a horse, a chair or a fire hydrant?', 'see', null],
    ['Which of these is in the picture: a bus, a cat or a cow?', 'be', null],
    ['What else can you tell me about this picture?', 'tell', null],
    ['Which things can be seen in the picture?', 'see', 'thing'],
    ['What is happening in this picture?', 'happen', null],
    ['What does this picture show?', 'show', null],
    ['List a few things that you can see.', 'list', 'thing'],
    ['Which colour does the stop sign have?', 'have', 'color'],
    ['Which colour do the cabinets have?', 'have', 'color'],
    ['Where in the image is the sandwich?', 'be', 'sandwich'],
    ['Is there more than one table in the picture?', 'be', 'table'],
    ['Is this scene indoors?', 'be', 'scene'],
    ['Is the sign blue?', 'be', 'sign'],
    ['Who is wearing the hat?', 'wear', 'hat'],
    ['Who took the photo?', 'take', 'photo'],
    ['What makes this picture funny?', 'make', 'picture'],
    ['Why is the boy crying?', 'cry', null],
    ['When should the driver stop the car?', 'stop', 'car'],
    ['How would you describe the weather?', 'describe', 'weather'],
    ['Would you like to eat the cake?', 'like', null],
    ['Do you think that the man is happy?', 'think', null],
    ['Do the two images differ?', 'differ', null],
    ['Did the player score a goal?', 'score', 'goal'],
    ['Write a short story about the picture.', 'write', 'story'],
    ['Name three objects in the room.', 'name', 'object'],
    ['Count the dogs.', 'count', 'dog'],
    ['Compare the two pictures.', 'compare', 'picture'],
    ['Identify the main subject of the image.', 'identify', 'subject'],
    ['Please explain the joke.', 'explain', 'joke'],
    ['Tell me a story.', 'tell', 'story'],
    ['Give a caption for this image.', 'give', 'caption'],
    ['Summarize the events of the clip.', 'summarize', 'event'],
    ['Provide a detailed description of the scene.', 'provide', 'description'],
    ['Create a plan to clean the kitchen.', 'create', 'plan'],
    ['Suggest a title.', 'suggest', 'title'],
    ['Generate a caption.', 'generate', 'caption'],
    ['What type of vehicle is parked on the street?', 'park', 'type'],
    ['How is the table set?', 'set', null],
    ['What should I do next?', 'do', null],
    ['How do I open this window?', 'open', 'window'],
    ['Is anyone holding an umbrella?', 'hold', 'umbrella'],
    ['Are any of the people wearing glasses?', 'wear', 'glass'],
    ['What kind of sport are they playing?', 'play', 'kind'],
    ['What is the color of the car?', 'be', 'color'],
    ['What differences can you spot?', 'spot', 'difference'],
    ['Which animal looks at the camera?', 'look', 'animal'],
    ['Have the lights changed?', 'change', null],
    ['Should the man wear a helmet?', 'wear', 'helmet'],
    ['Is the girl likely to fall?', 'be', 'girl'],
    ['What is the purpose of the sign?', 'be', 'purpose'],
    ['Does the dog look happy?', 'look', null],
    ['Do bears live here?', 'live', null],
    ['Can bears climb trees?', 'climb', 'tree'],
    ['Imagine you are there.', 'imagine', null],
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
