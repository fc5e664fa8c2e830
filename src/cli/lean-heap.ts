// Commands that read through very large data keep a lean heap: rows die by the thousand, and memory is promised.
import { setFlagsFromString } from 'node:v8'

/** How far the heap may grow before V8 looks for garbage, in percent; left to itself it waits until there is twice as much. */
const HEAP_GROWTH = 30

/** To be called before the work begins. */
export const leanHeap = (): void => setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`)
