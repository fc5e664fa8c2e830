// Every command by its name, in the order in which help lists them. A command that is named is the only one whose code is
// loaded: what one of them needs (a tokenizer, a model) would make all of them start later, and larger.
import type { Command } from 'commander'

/** Loads a command. @returns what adds it to the program */
type Load = () => Promise<(program: Command) => void>

/** A new command is a file and a line here. */
export const commands: Readonly<Record<string, Load>> = {
  import: async () => (await import('./commands/import.js')).registerImport,
  info: async () => (await import('./commands/info.js')).registerInfo,
  stats: async () => (await import('./commands/stats.js')).registerStats,
  verify: async () => (await import('./commands/verify.js')).registerVerify,
  head: async () => (await import('./commands/head.js')).registerHead,
  filter: async () => (await import('./commands/filter.js')).registerFilter,
  merge: async () => (await import('./commands/merge.js')).registerMerge,
  split: async () => (await import('./commands/split.js')).registerSplit,
  rewrite: async () => (await import('./commands/rewrite.js')).registerRewrite,
  export: async () => (await import('./commands/export.js')).registerExport,
  index: async () => (await import('./commands/index.js')).registerIndex,
  tokenize: async () => (await import('./commands/tokenize.js')).registerTokenize,
  context: async () => (await import('./commands/context.js')).registerContext,
  view: async () => (await import('./commands/view.js')).registerView,
  syphus: async () => (await import('./commands/syphus.js')).registerSyphus,
  report: async () => (await import('./commands/report.js')).registerReport,
  arena: async () => (await import('./commands/arena.js')).registerArena,
  plan: async () => (await import('./commands/plan.js')).registerPlan,
  'serve-batches': async () => (await import('./commands/serve-batches.js')).registerServeBatches,
  train: async () => (await import('./commands/train.js')).registerTrain,
  generate: async () => (await import('./commands/generate.js')).registerGenerate,
  eval: async () => (await import('./commands/eval.js')).registerEval,
  worker: async () => (await import('./commands/worker.js')).registerWorker,
  doctor: async () => (await import('./commands/doctor.js')).registerDoctor,
  weights: async () => (await import('./commands/weights.js')).registerWeights,
}

/** Adds the command that is named, or all of them where none is. */
export async function addCommands(program: Command, named: string | undefined): Promise<void> {
  const only = named !== undefined && Object.hasOwn(commands, named)
  for (const load of only ? [commands[named]!] : Object.values(commands)) (await load())(program)
}
