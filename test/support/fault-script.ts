// A script in which the first answer to every single read is bad, each in another way, and the second is honest.
import type { Fault, Script } from './fault-server.js'

const FAULTS: readonly Fault[] = [
  { kind: 'status', status: 500 },
  { kind: 'cut', after: 7 },
  { kind: 'status', status: 429 },
  { kind: 'wrong-range' },
  { kind: 'short' },
  { kind: 'cut' },
  { kind: 'wrong-total' },
  { kind: 'wrong-length' },
  { kind: 'headers', headers: { 'content-range': null } },
]

/** @param more faults beyond those that need no clock */
export function faultAtEveryRead(...more: Fault[]): Script {
  const faults = [...FAULTS, ...more]
  const seen = new Set<string>()
  let next = 0
  return ({ path, range }) => {
    // What goes on with a broken read ends at the same byte.
    const read = `${path} ${range?.[1]}`
    if (seen.has(read)) return undefined
    seen.add(read)
    const fault = faults[next++ % faults.length]!
    // Nobody can tell a lie about the length of a file that was never seen before; and a cut behind all that was asked for
    // breaks no answer, but the next request on its connection, which may never arrive.
    const isLost = fault.kind === 'cut' && range !== undefined && range[1] - range[0] < (fault.after ?? 0)
    return isLost || (fault.kind === 'wrong-total' && range?.[1] === 0) ? { kind: 'cut' } : fault
  }
}
