// What a journal's records say when they are read from the beginning: which requests have an answer and where it stands,
// which were given up, what was used, and which calls never ended, because the process was killed meanwhile.
import type { TokenUsage } from './chat.js'
import type { BatchRecord, GivenUpRecord, JournalRecord, SendRecord } from './journal-records.js'
import { excessOf, ONCE } from './token-tally.js'

/** Where a record stands in the file. */
export interface RecordPlace {
  /** Of the files that are read together. */
  readonly file: number
  readonly at: number
  readonly bytes: number
}

/** Tokens and what they cost by their list price. */
export interface UsedTokens {
  readonly usage: TokenUsage
  readonly discount: number
}

/** What was found in a journal that was opened. */
export interface JournalFound {
  /** Requests with an answer. */
  readonly replies: number
  /** Requests that were given up. */
  readonly givenUp: number
  /** Calls that were under way or next and have no end: they may have been paid. Counted at what they may have used at most. */
  readonly inFlight: number
  /** Records that were damaged and are left out. */
  readonly damaged: number
  /** A last record that was cut short was removed. */
  readonly repaired: boolean
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Grows record by record. */
export class JournalState {
  readonly replies = new Map<string, RecordPlace>()
  readonly givenUp = new Map<string, GivenUpRecord>()
  readonly verdicts = new Map<string, string>()
  readonly batches = new Map<string, Mutable<BatchRecord>>()
  /** Calls without an end by key; the last one sent ends first, since one request has one call at a time. */
  readonly open = new Map<string, SendRecord[]>()
  readonly asked = new Set<string>()
  /** Used by calls that were answered, by discount. */
  readonly used = new Map<number, Mutable<TokenUsage>>()
  /** Calls that failed but may have been paid. */
  readonly maybe: UsedTokens[] = []
  /** How many times its most the worst call has taken. */
  excess = ONCE

  /** Counts a record. */
  add(record: JournalRecord, place: RecordPlace): void {
    switch (record.type) {
      case 'journal':
        return
      case 'send':
        this.asked.add(record.key)
        this.open.set(record.key, [...(this.open.get(record.key) ?? []), record])
        return
      case 'reply':
        this.replies.set(record.key, place)
        this.givenUp.delete(record.key)
        if (record.from === undefined) {
          const send = this.#end(record.key)
          if (send !== undefined) this.excess = excessOf(send.most, record.usage, this.excess)
          this.#count(record.usage, record.discount ?? 1)
        }
        return
      case 'failed': {
        const send = this.#end(record.key)
        if (record.maybePaid && send !== undefined) {
          this.maybe.push({ usage: send.most, discount: send.discount ?? 1 })
        }
        return
      }
      case 'given-up':
        this.givenUp.set(record.key, record)
        return
      case 'verdict':
        this.verdicts.set(`${record.key} ${record.id}`, JSON.stringify(record.verdict))
        return
      case 'batch':
        if (record.done) this.batches.delete(record.name)
        else this.batches.set(record.name, { ...this.batches.get(record.name), ...record })
        return
      default:
        record satisfies never
    }
  }

  #end(key: string): SendRecord | undefined {
    const sends = this.open.get(key)
    const send = sends?.pop()
    if (sends?.length === 0) this.open.delete(key)
    return send
  }

  #count({ promptTokens, completionTokens }: TokenUsage, discount: number): void {
    const used = this.used.get(discount) ?? { promptTokens: 0, completionTokens: 0 }
    used.promptTokens += promptTokens
    used.completionTokens += completionTokens
    this.used.set(discount, used)
  }
}
