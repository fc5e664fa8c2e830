// Plans for a room by rule: what is there decides what it is good for. Up to three activities, with three rounds each.
import type { RandomStream } from '../../base/random.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import { captionsOf } from '../in-words.js'
import { one, sentence, shuffled } from './draw.js'

interface Activity {
  readonly activity: string
  /** Things of which one is needed, and others that help. */
  readonly needs: readonly string[]
  readonly helps: readonly string[]
}

const KNOWN: readonly Activity[] = [
  {
    activity: 'work at a desk',
    needs: ['desk', 'office desk', 'table'],
    helps: ['office chair', 'chair', 'lamp', 'monitor', 'computer tower', 'keyboard'],
  },
  {
    activity: 'hold a meeting',
    needs: ['conference table', 'table', 'round table'],
    helps: ['whiteboard', 'chair', 'tv', 'projector'],
  },
  {
    activity: 'take a nap',
    needs: ['bed', 'couch', 'sofa'],
    helps: ['pillow', 'curtain', 'blanket', 'nightstand', 'lamp'],
  },
  {
    activity: 'read a book',
    needs: ['armchair', 'sofa chair', 'couch', 'sofa', 'chair'],
    helps: ['lamp', 'bookshelf', 'window', 'end table', 'coffee table'],
  },
  {
    activity: 'prepare a meal',
    needs: ['stove', 'oven', 'microwave', 'kitchen counter', 'counter'],
    helps: ['sink', 'refrigerator', 'kitchen cabinets', 'kitchen cabinet', 'cabinet'],
  },
  {
    activity: 'wash your hands',
    needs: ['sink'],
    helps: ['mirror', 'towel', 'paper towel dispenser', 'soap dispenser', 'trash can'],
  },
  {
    activity: 'watch a film',
    needs: ['tv', 'monitor', 'projector screen'],
    helps: ['couch', 'sofa', 'armchair', 'chair', 'curtain'],
  },
  {
    activity: 'put things in order',
    needs: ['cabinet', 'bookshelf', 'shelf', 'dresser', 'closet', 'file cabinet'],
    helps: ['trash can', 'recycling bin', 'box', 'basket'],
  },
  {
    activity: 'have dinner together',
    needs: ['dining table', 'kitchen table', 'table'],
    helps: ['chair', 'dining chair', 'refrigerator', 'lamp'],
  },
  {
    activity: 'take a shower',
    needs: ['shower', 'bathtub'],
    helps: ['towel', 'shower curtain', 'mirror', 'bathroom vanity'],
  },
  {
    activity: 'do the laundry',
    needs: ['washing machine', 'clothes dryer'],
    helps: ['laundry basket', 'laundry hamper', 'table', 'shelf'],
  },
  { activity: 'make music', needs: ['piano', 'guitar'], helps: ['piano bench', 'chair', 'stool', 'lamp'] },
]

/** Activities that a prompt offers. */
export const ACTIVITIES: readonly string[] = [
  ...KNOWN.map(({ activity }) => activity),
  ...[
    'play a board game',
    'study for an examination',
    'welcome guests',
    'do some stretching',
    'wrap presents',
    'repair a lamp',
    'teach somebody to draw',
    'look after a baby',
    'have a video call',
  ],
]

/** What a thing is good for. */
const USES: readonly (readonly [words: RegExp, use: string])[] = [
  [/chair|couch|sofa|stool|bench/, 'one can sit on it'],
  [/bed$|pillow|blanket/, 'it makes lying down comfortable'],
  [/table|desk|counter|vanity/, 'there is room on it for what is needed'],
  [/lamp/, 'it gives light'],
  [/window/, 'it lets daylight in'],
  [/curtain/, 'it keeps light and looks out'],
  [/board$/, 'everybody can see what is written on it'],
  [/tv|monitor|screen|projector/, 'pictures can be shown on it'],
  [/cabinet|shelf|dresser|closet|box|basket|hamper|nightstand/, 'things can be kept in or on it'],
  [/trash|recycling|bin/, 'waste can be thrown into it'],
  [/sink|shower|bathtub/, 'it has running water'],
  [/stove|oven|microwave/, 'food can be made hot with it'],
  [/refrigerator/, 'food stays fresh in it'],
  [/towel|soap/, 'hands can be dried or cleaned with it'],
  [/mirror/, 'one can see oneself in it'],
  [/piano|guitar/, 'music can be made with it'],
  [/washing machine|dryer/, 'clothes can be cleaned or dried in it'],
]

const useOf = (thing: string) => USES.find(([words]) => words.test(thing))?.[1] ?? 'it is of use for that'

/** A reply in the form of the task. */
export function roomPlans(annotation: VisualAnnotation, random: RandomStream) {
  const things = new Set(annotation.notes.flatMap(({ tags }) => tags.map((tag) => tag.toLowerCase())))
  const captions = captionsOf(annotation)
  const possible = shuffled(random, KNOWN).flatMap(({ activity, needs, helps }) => {
    const main = needs.find((thing) => things.has(thing) && descriptionOf(thing, captions) !== undefined)
    const help = helps.find((thing) => things.has(thing) && thing !== main)
    return main === undefined || help === undefined ? [] : [{ activity, main, help }]
  })
  const conversations = possible.slice(0, 3).map(({ activity, main, help }) => ({
    activity,
    rounds: [
      {
        question: one(random, [
          `I would like to ${activity}. What in this room can I use for it?`,
          `Is this room good for somebody who wants to ${activity}?`,
          `Can I ${activity} in this room?`,
        ]),
        answer: one(random, [`Yes, you can use the ${main}.`, `Yes, there is ${aOr(main)} in the room.`]),
        reason: sentence(`There is ${aOr(main)}, and ${useOf(main)}`),
      },
      {
        question: one(random, [
          `Where is the ${main}?`,
          `How do I find the ${main}?`,
          `Can you describe the ${main} and its place?`,
        ]),
        answer: descriptionOf(main, captions)!,
        reason: sentence(`That is where the ${main} can be seen in the room`),
      },
      {
        question: one(random, [
          'What else in the room could be of use?',
          `Is there something else here that helps to ${activity}?`,
          'What else would you use?',
        ]),
        answer: one(random, [`There is also ${aOr(help)}.`, `You could use the ${help} as well.`]),
        reason: sentence(`There is ${aOr(help)} in the room, and ${useOf(help)}`),
      },
    ],
  }))
  return { conversations }
}

const aOr = (thing: string) => (/cabinets$|s$/.test(thing) ? thing : `${/^[aeiou]/.test(thing) ? 'an' : 'a'} ${thing}`)

/** What is said of one such thing: a description that begins with it. */
function descriptionOf(thing: string, captions: readonly string[]): string | undefined {
  const begins = new RegExp(`^(?:this is|there is|it is|the|a|an)\\s(?:[^.]*\\s)?${thing}\\b`, 'i')
  const found = captions.find((text) => begins.test(text.split('.')[0] ?? ''))
  return found === undefined
    ? undefined
    : found
        .split(/(?<=\.)\s+/)
        .map(sentence)
        .join(' ')
}
