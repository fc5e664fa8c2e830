// Every command by its name, in the order in which help lists them. A command that is named is the only one whose code is
// loaded, and none is for the list of them: what one needs (a tokenizer, a model) would make all the others start later.
import type { Command } from 'commander'
import { leanHeap } from './lean-heap.js'

/** What is known of a command before it is loaded. */
export interface CommandEntry {
  /** A few words for the list of commands. */
  readonly summary: string
  /** Loads the command. @returns what adds it to the program */
  readonly load: () => Promise<(program: Command) => void>
  /** Whether it promises how much memory it takes. @default false */
  readonly isLean?: true
}

/** A new command is a file and an entry here. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  import: {
    summary: 'make a data set from files of any known form',
    load: async () => (await import('./commands/import.js')).registerImport,
    isLean: true,
  },
  info: {
    summary: 'what a data set holds: pairs, pictures, contexts, sizes',
    load: async () => (await import('./commands/info.js')).registerInfo,
  },
  stats: {
    summary: 'the statistics of the paper: lengths, tokens, verbs, relations',
    load: async () => (await import('./commands/stats.js')).registerStats,
    isLean: true,
  },
  verify: {
    summary: 'check every file, hash, reference and id',
    load: async () => (await import('./commands/verify.js')).registerVerify,
  },
  head: {
    summary: 'the first tuples, or one, with their contexts',
    load: async () => (await import('./commands/head.js')).registerHead,
  },
  filter: {
    summary: 'a data set of the pairs that fulfil conditions',
    load: async () => (await import('./commands/filter.js')).registerFilter,
  },
  merge: {
    summary: 'one data set of several',
    load: async () => (await import('./commands/merge.js')).registerMerge,
  },
  split: {
    summary: 'train, validation and test',
    load: async () => (await import('./commands/split.js')).registerSplit,
  },
  rewrite: {
    summary: 'the same data set in another form or order',
    load: async () => (await import('./commands/rewrite.js')).registerRewrite,
  },
  export: {
    summary: 'files that others read',
    load: async () => (await import('./commands/export.js')).registerExport,
  },
  index: {
    summary: 'make the indexes again',
    load: async () => (await import('./commands/index.js')).registerIndex,
  },
  tokenize: {
    summary: 'count the tokens of every pair once',
    load: async () => (await import('./commands/tokenize.js')).registerTokenize,
  },
  context: {
    summary: 'choose in-context examples: C_psi',
    load: async () => (await import('./commands/context.js')).registerContext,
  },
  view: {
    summary: 'look at a data set, or at training runs, in the browser',
    load: async () => (await import('./commands/view.js')).registerView,
  },
  syphus: {
    summary: 'make pairs of visual annotations',
    load: async () => (await import('./commands/syphus.js')).registerSyphus,
  },
  report: {
    summary: 'the statistics as one page to send',
    load: async () => (await import('./commands/report.js')).registerReport,
  },
  arena: {
    summary: 'vote on the answers of two models',
    load: async () => (await import('./commands/arena.js')).registerArena,
  },
  plan: {
    summary: 'what an epoch will cost',
    load: async () => (await import('./commands/plan.js')).registerPlan,
  },
  'serve-batches': {
    summary: 'ready batches for a training loop in another language',
    load: async () => (await import('./commands/serve-batches.js')).registerServeBatches,
  },
  train: {
    summary: 'train an Otter model',
    load: async () => (await import('./commands/train.js')).registerTrain,
  },
  generate: {
    summary: 'ask a trained model',
    load: async () => (await import('./commands/generate.js')).registerGenerate,
  },
  eval: {
    summary: 'measure a model: captions, answers, judges, ratings',
    load: async () => (await import('./commands/eval.js')).registerEval,
  },
  worker: {
    summary: 'do parts of jobs that were given with --queue',
    load: async () => (await import('./commands/worker.js')).registerWorker,
  },
  doctor: {
    summary: 'what this machine has of all that can be used',
    load: async () => (await import('./commands/doctor.js')).registerDoctor,
  },
  weights: {
    summary: 'look at weights of models, and convert them',
    load: async () => (await import('./commands/weights.js')).registerWeights,
  },
}

/** Adds the command that a command line names, or names and summaries of all of them where it names none. */
export async function addCommands(program: Command, argv: readonly string[]): Promise<void> {
  const words = argv.filter((word) => !word.startsWith('-'))
  const named = words[0] === 'help' ? words[1] : words[0]
  if (named !== undefined && Object.hasOwn(commands, named)) {
    const { load, isLean } = commands[named]!
    if (isLean === true) leanHeap()
    return (await load())(program)
  }
  for (const [name, { summary }] of Object.entries(commands)) program.command(name).description(summary)
}
