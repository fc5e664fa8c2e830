// Flags that the commands share which ask questions of a data set, and what they mean to the library.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type BackendName, backendNames } from '../../../tensors/backend.js'
import type { Split } from '../../../tuple/tuple.js'
import { type CacheFlags, cacheBytesOption, cacheOption } from '../../far.js'
import { integer, numberList } from '../../parse.js'

/** The flags that say what is asked. */
export interface QuestionFlags extends CacheFlags {
  readonly dataset?: string
  readonly shots: readonly number[]
  readonly select: readonly string[]
  readonly seeds: number
  readonly querySplit?: Split
  readonly supportSplit?: Split
  readonly queries?: number
  readonly support?: number
  readonly instructions?: RegExp
}

/** The flags that say how a model of ours answers. */
export interface OtterFlags {
  readonly backend: BackendName
  readonly template?: string
  readonly promptTokens?: number
  readonly numBeams: number
}

const SPLITS = ['train', 'validation', 'test']

/** Adds the flags that say what is asked. */
export function questionOptions(command: Command, shots: string): Command {
  return command
    .option('--dataset <dataset>', 'data set (default: the one the run was trained on)')
    .option('--shots <n,...>', 'numbers of in-context examples', numberList, numberList(shots))
    .option(
      '--select <function...>',
      'random, text-similarity, image-similarity or another in-context function; matched:<function> is its control',
      ['random'],
    )
    .option('--seeds <n>', 'draws of examples', integer(1), 3)
    .addOption(new Option('--query-split <split>', 'split of the questions').choices(SPLITS))
    .addOption(new Option('--support-split <split>', 'split of what may be shown').choices(SPLITS))
    .option('--queries <n>', 'questions at most (default: all of the split; a fifth where there are none)', integer(1))
    .option('--support <n>', 'pairs that may be shown at most, drawn for each seed (default: all)', integer(1))
    .option('--instructions <pattern>', 'only pairs whose instruction matches this regular expression', pattern)
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
}

/** Adds the flags that say how a model of ours answers. */
export function otterOptions(command: Command): Command {
  return command
    .addOption(new Option('--backend <name>', 'tensor backend').choices(backendNames).default('auto'))
    .option('--template <name>', 'form of prompts (default: that of the training)')
    .option('--prompt-tokens <n>', 'tokens of a prompt at most (default: as in training)', integer(1))
    .option('--num-beams <n>', 'beams of the search', integer(1), 3)
}

/** What is asked, as flags say it. */
export function questionsOf(flags: QuestionFlags) {
  const { shots, select, seeds, querySplit, supportSplit, queries, support, instructions } = flags
  return {
    ...{ shots, select, seeds },
    ...(querySplit && { querySplit }),
    ...(supportSplit && { supportSplit }),
    ...(queries !== undefined && { queries }),
    ...(support !== undefined && { support }),
    ...(instructions && { instructions }),
  }
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}
