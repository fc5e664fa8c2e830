// Row groups of text encoded in threads beside the one that makes the rows: compression and encoding are most of what
// writing text costs. Groups are independent of each other and of their place in a file, so how many threads there are,
// and whether there are any, changes no byte.
import { availableParallelism } from 'node:os'
import { startWorker } from '../base/worker-thread.js'
import type { EncodedGroup } from './encoded-group.js'
import type { PackedColumns } from './packed-column.js'
import { encodeGroup } from './parquet-group.js'
import type { Columns, Profile } from './shard.js'
import type { TableSchema } from './table-schema.js'

/** A row group to be encoded. */
export interface GroupRequest {
  readonly table: TableSchema
  readonly profile: Profile | undefined
  readonly rows: number
  readonly columns: Columns
  /** Those of its columns that are no list of values. */
  readonly packed?: PackedColumns
}

/** Threads of one data set that is written. */
export interface GroupEncoder {
  /** Row groups that may be under way at once; a caller with more of them holds more rows in memory for nothing. */
  readonly ahead: number
  /** Starts the threads now, if there is enough to come for them: whoever has something else to do first need not wait for them. */
  start(): void
  /** @param bytes about what the group takes @throws what the writer throws, whichever thread met it */
  encode(request: GroupRequest, bytes: number): Promise<EncodedGroup>
  /** Ends the threads, whatever they do. */
  close(): Promise<void>
}

/** Beyond four of them the thread that makes the rows is what bounds writing. */
const MOST_THREADS = 4
/** What takes less time to encode than a thread to start, or to be told, is encoded here. */
const LEAST_BYTES = 1 << 20

/** Text of a data set before threads pay: they take some tenths of a second to start and to become fast. */
const BEFORE_THREADS = 64 << 20
/** As many times as much is enough to start them at once. */
const SURELY_MUCH = 2

/**
 * @param threads beside this one. @default one for each further core up to four, once there is enough for them to do;
 * those that are asked for start with the second group
 * @param expected bytes, where that is known: with many of them the threads start with the first group
 */
export function groupEncoder(threads?: number, expected = 0): GroupEncoder {
  const most = threads ?? Math.min(MOST_THREADS, availableParallelism() - 1)
  const isMuch = threads === undefined && expected >= SURELY_MUCH * BEFORE_THREADS
  const patience = threads === undefined && !isMuch ? BEFORE_THREADS : 1
  const running: GroupThread[] = []
  let seen = 0
  const free = (waiting: number) => {
    const idle = running.find((thread) => thread.waiting === 0)
    if (idle !== undefined) return idle
    if (running.length < most) return startThread()
    return running.find((thread) => thread.waiting <= waiting)
  }
  const startThread = () => {
    const thread = startGroupThread()
    running.push(thread)
    return thread
  }
  const start = () => {
    if (isMuch) while (running.length < most) startThread()
  }
  return {
    // With much to come, whoever appends groups shall never wait for one.
    ahead: 2 * most + (isMuch ? 3 : 0),
    start,
    async encode(request, bytes) {
      // While this thread encodes a group it answers nobody: another one needs groups before it, or it stands still. Those of
      // texts at hand cost too much memory for that.
      const isPlaced = Object.values(request.packed ?? {}).some(({ kind }) => kind === 'texts')
      const waiting = isPlaced ? 2 : 0
      // They start while the first group is encoded here.
      if (seen === 0) start()
      // Many data sets have one group only.
      const thread = bytes >= LEAST_BYTES && seen >= patience ? free(waiting) : undefined
      seen += bytes
      // What another thread failed at is tried once more here, where the error is made.
      const encoded = await thread?.encode(request)
      return encoded ?? encodeRequest(request)
    },
    async close() {
      await Promise.all(running.splice(0).map((thread) => thread.close()))
    },
  }
}

/** What a thread does with a request. */
export const encodeRequest = ({ table, profile, rows, columns, packed }: GroupRequest): Promise<EncodedGroup> =>
  encodeGroup(table, profile, rows, columns, packed)

/** Most of what a thread holds is outside of its heap; what V8 would give its young objects doubles what it takes. */
const HEAP = { maxYoungGenerationSizeMb: 4 }

/** What a thread says: the group, or undefined if it could not encode it. */
export type GroupReply = EncodedGroup | undefined

interface GroupThread {
  /** Groups that it has not answered. */
  readonly waiting: number
  encode(request: GroupRequest): Promise<GroupReply>
  close(): Promise<void>
}

function startGroupThread(): GroupThread {
  const worker = startWorker(new URL('./group-encoder-worker.js', import.meta.url), undefined, HEAP)
  const waiting: ((reply: GroupReply) => void)[] = []
  let ended = false
  const end = () => {
    ended = true
    for (const answer of waiting.splice(0)) answer(undefined)
  }
  worker.on('message', (reply: GroupReply) => waiting.shift()?.(reply))
  // A thread that dies takes nothing with it: what it was asked for is encoded here.
  worker.on('error', end)
  worker.on('exit', end)
  worker.unref()
  return {
    get waiting() {
      return waiting.length
    },
    async encode(request) {
      if (ended) return undefined
      const reply = new Promise<GroupReply>((resolve) => waiting.push(resolve))
      // The thread keeps the process alive only while somebody waits for it.
      worker.ref()
      worker.postMessage(request)
      const encoded = await reply
      if (waiting.length === 0) worker.unref()
      return encoded
    },
    async close() {
      await worker.terminate()
    },
  }
}
