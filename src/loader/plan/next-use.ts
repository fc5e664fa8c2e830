// When things that are used step by step will be used again, as far as steps are known. Pure.

/** Uses that are known, of which the first ones are over. */
export interface NextUses {
  /** Tells the things of the next step, each once. */
  add(things: Iterable<number>): void
  /** Ends the first step that is not over. @returns of each of its things the number of the step that uses it next, from 0
   * on; Infinity where none is known */
  end(): ReadonlyMap<number, number>
}

/** No step is known. Memory is some bytes a use of the steps that are known and not over. */
export function nextUses(): NextUses {
  /** Things of the steps that are known and not over. */
  const steps: (readonly number[])[] = []
  /** Of each thing the steps that use it and are not over, in their order. */
  const uses = new Map<number, number[]>()
  let known = 0
  return {
    add(things) {
      const step = [...things]
      for (const thing of step) {
        const own = uses.get(thing)
        if (own === undefined) uses.set(thing, [known])
        else own.push(known)
      }
      steps.push(step)
      known++
    },
    end() {
      const next = new Map<number, number>()
      for (const thing of steps.shift() ?? []) {
        const own = uses.get(thing)!
        own.shift()
        next.set(thing, own[0] ?? Number.POSITIVE_INFINITY)
        if (own.length === 0) uses.delete(thing)
      }
      return next
    },
  }
}
