// Options of `tokenizeDataset`.
import { cpus } from 'node:os'
import { z } from 'zod'
import type { OnProgress } from '../../base/progress.js'

/** What to count with. */
export interface TokenizeOptions {
  /** `bytes`, or the path of a tokenizer.json. */
  readonly tokenizer: string
  /** Name of the template. @default 'simple' */
  readonly template?: string
  /** Name of the text cleaning. @default 'none' */
  readonly cleaning?: string
  /** Stores the ids of the tokens too: training then tokenises nothing, for about four times the room. @default false */
  readonly ids?: boolean
  /** Name of the table. @default `<tokenizer>-<template>`, and the cleaning where there is one */
  readonly name?: string
  /** Threads that tokenise; 0 = in the thread that calls. @default the number of cores, 0 for a few thousand pairs */
  readonly workers?: number
  readonly onProgress?: OnProgress | undefined
  /** Stops the work; the data set stays as it was. */
  readonly signal?: AbortSignal | undefined
}

/** Parsed by `tokenizeDataset`. */
export const tokenizeSchema = z.strictObject({
  tokenizer: z.string().min(1),
  template: z.string().default('simple'),
  cleaning: z.string().default('none'),
  ids: z.boolean().default(false),
  name: z.string().optional(),
  workers: z.int().min(0).max(64).optional(),
})

/** Pairs below which starting threads costs more than they save. */
const FEW = 2000

/** How many threads some pairs are worth. */
export const threadsFor = (pairs: number): number => (pairs < FEW ? 0 : Math.max(1, cpus().length))
