// Commands that read through very large data keep a lean heap: rows die by the thousand, and memory is promised. Flags of V8
// are the one way to say so of the thread that the program began with; other threads are told of their heap when they start.
import { setFlagsFromString } from 'node:v8'

/** How far the heap may grow before V8 looks for garbage, in percent; left to itself it waits until there is twice as much. */
const HEAP_GROWTH = 30

/**
 * By what the room for young objects grows when more of them live on than fit into it: not at all. Left to itself it comes to
 * 32 MB sooner or later, however few objects live at a time; what is there when a program begins is as fast.
 */
const YOUNG_GROWTH = 1

/** With every thread that starts, V8 sets that to 2 again, for all of them. */
const AGAIN_MS = 10

/** A thread has done so by then; one time that room has grown in between is enough for it to stay. */
const THREAD_STARTS_MS = 20

/** To be called before anything is loaded, in the thread that the program began with: loading alone would make that room grow. */
export function leanHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`)
  const keepYoungSmall = () => setFlagsFromString(`--semi-space-growth-factor=${YOUNG_GROWTH}`)
  keepYoungSmall()
  setInterval(keepYoungSmall, AGAIN_MS).unref()
  process.on('worker', () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, THREAD_STARTS_MS)
    keepYoungSmall()
  })
}
