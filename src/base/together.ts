// Questions that come one by one, answered together: those of one turn of the event loop make one call.

/**
 * @param answer gives an answer to each of some questions, in their order; if it fails, all of them fail
 * @returns asks one question
 */
export function together<Q, A>(
  answer: (questions: readonly Q[]) => Promise<readonly A[]>,
): (question: Q) => Promise<A> {
  let waiting: { readonly question: Q; give(answer: A): void; fail(error: unknown): void }[] = []
  const flush = async () => {
    const asked = waiting
    waiting = []
    try {
      const answers = await answer(asked.map(({ question }) => question))
      for (const [i, { give }] of asked.entries()) give(answers[i]!)
    } catch (error) {
      for (const { fail } of asked) fail(error)
    }
  }
  return (question) =>
    new Promise((give, fail) => {
      if (waiting.length === 0) setImmediate(() => void flush())
      waiting.push({ question, give, fail })
    })
}
