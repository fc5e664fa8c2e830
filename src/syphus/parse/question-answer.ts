// Questions and answers written as text: "Question: ... Answer: ...", with numbers, list marks and bold or without, in any
// of the eight languages. A pair is a question with the answer that follows it; lines without a mark go on with what stands
// before them. What is no part of a pair is counted, never guessed into one.

/** A question and its answer as they stand in the text. */
export interface TextPair {
  readonly question: string
  readonly answer: string
}

/** What a text holds. */
export interface TextPairs {
  readonly pairs: readonly TextPair[]
  /** Questions without an answer, and answers without a question. */
  readonly loose: number
}

const QUESTIONS = [
  ...['question', 'q', 'instruction', 'user', 'human'],
  ...['pregunta', 'instrucción', 'frage', 'anweisung', 'consigne'],
  ...['问题', '问', '問題', '問', '提问', '指令', '質問', '指示', '질문', '물음', '문', 'السؤال', 'سؤال', 'س'],
]
const ANSWERS = [
  ...['answer', 'a', 'response', 'reply', 'assistant'],
  ...['respuesta', 'antwort', 'réponse', 'reponse'],
  ...['答案', '回答', '答', '解答', '応答', '답변', '대답', '답', 'الإجابة', 'الاجابة', 'إجابة', 'الجواب', 'جواب', 'ج'],
]

const oneOf = (words: readonly string[]) => [...words].sort((a, b) => b.length - a.length).join('|')
const MARK = String.raw`(?:(?:[-*•>]|#{1,6}|\(?\p{N}{1,3}[.)、:：]|\[\p{N}{1,3}\])\s+)*`
const label = (words: readonly string[]) =>
  new RegExp(
    String.raw`^\s*${MARK}(\*{1,3}|_{1,2})?\s*(?:\p{N}{1,3}[.)]\s*)?(?:${oneOf(words)})\s*[-#]?\s*(?:№\s*)?\p{N}{0,3}[a-z]?\s*(?:\*{1,3}|_{1,2})?\s*[:：﹕]\s*(\*{1,3}(?!\S)|_{1,2}(?!\S)|\*{2,3})?\s*(.*)$`,
    'iu',
  )
const QUESTION = label(QUESTIONS)
const ANSWER = label(ANSWERS)
/** Lines that only divide: rules, numbers, headings such as "### Pair 3" and "**Round 2**". */
const DIVIDER =
  /^\s*(?:[-*_=]{3,}|\(?\p{N}{1,3}[.):、]?|#{1,6}\s.*|\*{0,2}(?:pair|q&a|qa|round|conversation|example)\s*#?\p{N}{1,3}:?\*{0,2}:?)\s*$/iu

/**
 * Reads a text.
 * @param cut the end of the text is missing: its last answer may be half a one, and is left out
 */
export function questionAnswers(text: string, cut = false): TextPairs {
  const pairs: TextPair[] = []
  let loose = 0
  let question: string[] | undefined
  let answer: string[] | undefined
  let open: string[] | undefined
  const close = () => {
    const asked = joined(question)
    const answered = joined(answer)
    if (asked !== '' && answered !== '') pairs.push({ question: asked, answer: answered })
    else if (question !== undefined || answer !== undefined) loose++
    question = undefined
    answer = undefined
    open = undefined
  }
  for (const line of text.split(/\r\n?|\n/)) {
    const asks = QUESTION.exec(line)
    const answers = asks === null ? ANSWER.exec(line) : null
    if (asks !== null) {
      close()
      question = open = [unmarked(asks)]
    } else if (answers !== null) {
      // A second answer belongs to no question that is known.
      if (answer !== undefined) close()
      answer = open = [unmarked(answers)]
    } else if (DIVIDER.test(line)) open = undefined
    else open?.push(line.trim())
  }
  if (cut && answer !== undefined) {
    loose++
    question = answer = undefined
  }
  close()
  return { pairs, loose }
}

const joined = (lines: readonly string[] | undefined) => lines?.join('\n').trim() ?? ''

/** What stands behind a label, without the end of a bold that began in front of it. */
function unmarked([, before, behind, rest = '']: RegExpExecArray): string {
  const mark = before ?? behind
  const text = rest.trim()
  if (mark === undefined || !text.endsWith(mark) || text.split(mark).length % 2 === 1) return text
  return text.slice(0, -mark.length).trim()
}
