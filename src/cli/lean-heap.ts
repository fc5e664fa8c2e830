// Commands that read through very large data keep a lean heap: rows die by the thousand, and memory is promised. Flags of V8
// are the one way to say so of the thread that the program began with; other threads are told of their heap when they start.
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** How far the heap may grow before V8 looks for garbage, in percent; left to itself it waits until there is twice as much. */
const HEAP_GROWTH = 30

/**
 * Room for young objects. Left to itself it comes to 32 MB sooner or later, however few objects live at a time; in less than
 * this there is garbage to be looked for all the time.
 */
const YOUNG_BYTES = 8e6

/** By what it grows once it has that: not at all. */
const YOUNG_GROWTH = 1

/** That is said again so often: with every thread that starts, V8 lets it double again. */
const AGAIN_MS = 10

/** A thread has done so by then; one time that room has grown in between is enough for it to stay. */
const THREAD_STARTS_MS = 10

/** To be called before anything is loaded, in the thread that the program began with: loading alone would make that room grow. */
export function leanHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`)
  growYoung()
  const keepYoungSmall = () => setFlagsFromString(`--semi-space-growth-factor=${YOUNG_GROWTH}`)
  keepYoungSmall()
  setInterval(keepYoungSmall, AGAIN_MS).unref()
  process.on('worker', () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, THREAD_STARTS_MS)
    keepYoungSmall()
  })
}

/**
 * Lets young objects live on until there is as much room for them as there shall be: V8 has no other way to be told of it.
 * Few large ones without references are copied in half the time of many small ones.
 */
function growYoung(): void {
  let alive: number[][] = []
  for (let looks = 0; looks < MOST_LOOKS && youngBytes() < YOUNG_BYTES; looks++) {
    if (alive.length >= MOST_ALIVE) alive = []
    for (let i = 0; i < ALIVE_A_LOOK; i++) alive.push(new Array<number>(NUMBERS).fill(0.5))
  }
}

const youngBytes = () => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0

/** Of 8 bytes each. */
const NUMBERS = 512
const ALIVE_A_LOOK = 8
const MOST_ALIVE = 1024
/** Beyond these it does not grow, whatever the reason. */
const MOST_LOOKS = 2000
