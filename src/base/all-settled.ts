// Promise.all that leaves nothing running: a failure is thrown only when every other piece of work has ended too. Files
// may be closed after it; with Promise.all what still waited for its turn would open them again behind our back.

/** The results in order, or the first failure in order, once all work has ended. */
export async function allSettled<T extends readonly Promise<unknown>[] | []>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(work as readonly Promise<unknown>[])
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  }) as { -readonly [K in keyof T]: Awaited<T[K]> }
}
