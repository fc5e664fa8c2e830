// Work on several items at once, results in the order of the items: what comes out never depends on timing.

/**
 * Maps an iterable with up to `concurrency` calls in flight, giving results in input order. If the consumer stops early
 * or a call fails, calls in flight are awaited before the iterator ends, so nothing runs on behind its back.
 */
export async function* mapInOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  concurrency: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const inFlight: Promise<R>[] = []
  try {
    for await (const item of items) {
      const result = work(item)
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      result.catch(() => undefined)
      inFlight.push(result)
      if (inFlight.length >= concurrency) yield await inFlight.shift()!
    }
    while (inFlight.length > 0) yield await inFlight.shift()!
  } finally {
    await Promise.allSettled(inFlight)
  }
}
