// Promise.all that leaves nothing running: a failure is thrown only when every other piece of work has ended too. Files
// may be closed after it; with Promise.all what still waited for its turn would open them again behind our back.

/** The results in order, or the first failure in order, once all work has ended. */
export async function allSettled<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work)
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}
