// Answers that several jobs share: a directory with a file for each request, named by its key. Files appear whole, so any
// number of processes may use one directory.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { asIoError } from '../io/directory.js'
import type { ChatReply } from './chat.js'

/** Answers by the key of their request. */
export interface ReplyCache {
  /** The answer, if it is there and whole. */
  get(key: string): Promise<ChatReply | undefined>
  /** Keeps an answer for all jobs that share the directory. */
  put(key: string, reply: ChatReply): Promise<void>
}

const count = z.int().nonnegative()
const replySchema = z.strictObject({
  text: z.string(),
  finish: z.enum(['stop', 'length', 'content-filter']),
  usage: z.strictObject({ promptTokens: count, completionTokens: count }),
})

/** A directory; it is made when something is put into it. */
export function openReplyCache(root: string): ReplyCache {
  const pathOf = (key: string) => join(root, key.slice(0, 2), `${key}.json`)
  return {
    async get(key) {
      const text = await readFile(pathOf(key), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
        throw asIoError(error, pathOf(key))
      })
      if (text === undefined) return undefined
      try {
        return replySchema.parse(JSON.parse(text))
      } catch {
        // A damaged one is as good as none; it is replaced by the answer that is asked for now.
        return undefined
      }
    },
    async put(key, reply) {
      const path = pathOf(key)
      const mine = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`
      try {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(mine, JSON.stringify(reply))
        await rename(mine, path)
      } catch (error) {
        await rm(mine, { force: true }).catch(() => undefined)
        throw asIoError(error, path)
      }
    },
  }
}
