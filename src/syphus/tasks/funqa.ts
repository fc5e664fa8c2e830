// Questions about clips that surprise (funny, creative or magic), after FunQA: as a choice among five, as a dialogue, and as the
// answers of the set in English with other wordings of each.
import { z } from 'zod'
import { annotation } from '../../import/annotations/annotation.js'
import { clipChoice, clipDialogue } from '../by-rule/clip-talk.js'
import { AS_IF_SEEN, NO_CLOCK, noFrameNumbers, noTimeStamps } from '../common-rules.js'
import { captionsOf, paragraphs, section } from '../in-words.js'
import { outputForm, pairList, pairsReply } from '../output-form.js'
import type { Task } from '../task.js'

const prompt: Task['prompt'] = (annotation) => paragraphs(section('What is told of the clip', captionsOf(annotation)))

const said = annotation({
  id: 'example',
  mediaKind: 'video',
  mediaIds: ['example'],
  captions: [
    'A man in a suit leans against a wall that turns out to be a curtain, and falls through it.',
    'It is funny because he tries to look at ease and the wall that he trusts is none.',
  ].map((text) => ({ text, mediaId: 'example' })),
})

const text = z.string().trim().min(1)
const LETTERS = ['A', 'B', 'C', 'D', 'E'] as const

const choices = outputForm(
  'choices',
  'Answer with JSON and nothing else, in this form: {"questions": [{"question": "...", "options": ["...", "...", "...", "...", "..."], "answer": "A"}, ...]}',
  z.object({
    questions: z.array(z.object({ question: text, options: z.array(text).length(5), answer: z.enum(LETTERS) })),
  }),
  ({ questions }) =>
    questions.map(({ question, options, answer }) => ({
      instruction: [question, ...options.map((option, n) => `${LETTERS[n]}. ${option}`)].join('\n'),
      response: `${answer}. ${options[LETTERS.indexOf(answer)]}`,
      notes: { options, answer },
    })),
)

const wordings = outputForm(
  'wordings',
  'Answer with JSON and nothing else, in this form: {"pairs": [{"question": "...", "answer": "...", "paraphrases": ["...", "...", "...", "...", "..."]}, ...]}',
  z.object({ pairs: z.array(z.object({ question: text, answer: text, paraphrases: z.array(text).default([]) })) }),
  ({ pairs }) =>
    pairs.map(({ question, answer, paraphrases }) => ({
      instruction: question,
      response: answer,
      notes: { paraphrases },
    })),
)

const common = {
  version: 1,
  subset: 'FunQA',
  annotations: 'funqa',
  relation: 'siblings',
  lacks: (annotation) => (captionsOf(annotation).length > 0 ? null : 'a description or an explanation'),
  prompt,
} as const satisfies Partial<Task>

const forbidden = [noTimeStamps, noFrameNumbers]

/** `funqa-choice` */
export const funQaChoice: Task = {
  ...common,
  name: 'funqa-choice',
  title: 'questions about a clip that surprises, each with five options',
  system: `You make training data for an assistant that watches short clips which are funny, creative or magic. You are given descriptions and explanations of one clip. Write 2 to 5 questions about it with five options each, of which exactly one is right.

Ask what happens, what makes it surprising, and what somebody means or wants. Wrong options are as long as the right one, fit the question and are clearly wrong for whoever has seen the clip. The right one does not always stand at the same place. ${NO_CLOCK} ${AS_IF_SEEN}`,
  output: choices,
  rules: { minPairs: 1, maxPairs: 6, forbidden, maxWords: { instruction: 200, response: 60 } },
  examples: [
    {
      user: prompt(said),
      reply: {
        questions: [
          {
            question: 'What happens to the man in the suit?',
            options: [
              'He is pushed by a friend.',
              'He falls through a curtain that he took for a wall.',
              'He slips on a wet floor.',
              'He walks into a glass door.',
              'He misses the chair on which he wants to sit.',
            ],
            answer: 'B',
          },
          {
            question: 'Why is the clip funny?',
            options: [
              'The man tells a joke.',
              'A dog steals his hat.',
              'The man is dressed as a woman.',
              'He tries to look at ease, and the wall that he trusts is none.',
              'He sings out of tune.',
            ],
            answer: 'D',
          },
        ],
      },
    },
  ],
  byRule: clipChoice,
}

/** `funqa-dialogue` */
export const funQaDialogue: Task = {
  ...common,
  name: 'funqa-dialogue',
  title: 'a dialogue about a clip that surprises',
  system: `You make training data for an assistant that watches short clips which are funny, creative or magic. You are given descriptions and explanations of one clip. Write a dialogue of 3 to 6 questions and answers about it.

Begin with what can be seen, go on to what is surprising, and end with why it works. Each question may take up the answer before it. ${NO_CLOCK} ${AS_IF_SEEN}`,
  output: pairList,
  rules: { minPairs: 2, maxPairs: 8, forbidden, maxWords: { instruction: 60, response: 200 } },
  examples: [
    {
      user: prompt(said),
      reply: pairsReply(
        ['What is the man in the suit doing at first?', 'He leans against what looks like a wall.'],
        ['And what happens then?', 'The wall turns out to be a curtain, and he falls through it.'],
        ['Why is that funny?', 'He tries to look at ease, and the very thing that he relies on gives way.'],
      ),
    },
  ],
  byRule: (annotation, random) => pairsReply(...clipDialogue(annotation, random)),
}

/** `funqa-paraphrase` */
export const funQaParaphrase: Task = {
  ...common,
  name: 'funqa-paraphrase',
  title: 'what is told of a clip, in English and in five other wordings',
  system: `You make training data for an assistant that watches short clips which are funny, creative or magic. You are given sentences about one clip, in any language. For each of them write a question that it answers, the sentence itself in English as the answer, and 5 other wordings of that answer which mean the same.

Keep every fact and add none. ${NO_CLOCK} ${AS_IF_SEEN}`,
  output: wordings,
  rules: { minPairs: 1, maxPairs: 12, forbidden, maxWords: { instruction: 60, response: 200 } },
  examples: [
    {
      user: prompt({
        ...said,
        captions: [{ text: '一个穿西装的男人靠在墙上，结果那是一块布帘，他摔了过去。', mediaId: 'example' }],
      }),
      reply: {
        pairs: [
          {
            question: 'What happens in the clip?',
            answer: 'A man in a suit leans against a wall that turns out to be a curtain, and falls through it.',
            paraphrases: [
              'A man wearing a suit leans on a wall, but it is only a curtain and he falls through.',
              'What the man in the suit takes for a wall is a curtain, so he falls when he leans on it.',
              'A man in a suit trusts his weight to a curtain that looks like a wall and tumbles through it.',
              'The wall that a suited man leans against proves to be cloth, and he falls.',
              'Leaning against a supposed wall, a man in a suit drops right through a curtain.',
            ],
          },
        ],
      },
    },
  ],
  byRule: (annotation, random) => ({
    pairs: clipDialogue(annotation, random).map(([question, answer]) => ({ question, answer, paraphrases: [] })),
  }),
}
