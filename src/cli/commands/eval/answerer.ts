// Who answers, as flags say it: a run of ours or a model behind an end point. Loaded only when something is asked.
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { MimicitError } from '../../../base/errors.js'
import { fingerprint } from '../../../base/hash.js'
import type { Answerer } from '../../../evaluate/few-shot/answerer.js'
import { chatAnswerer } from '../../../evaluate/few-shot/chat-answerer.js'
import { otterAnswerer } from '../../../evaluate/few-shot/otter-answerer.js'
import { asIoError } from '../../../io/directory.js'
import { openJournal } from '../../../llm/journal.js'
import { openModelSession } from '../../../llm/model-session.js'
import type { AssemblyRules } from '../../../loader/assemble.js'
import { assemblyRules } from '../../../loader/assembly-rules.js'
import type { Otter } from '../../../otter/model.js'
import type { Dataset } from '../../../shards/dataset.js'
import { type LoadedRun, loadRun } from '../../../train/run.js'
import { readRunSettings } from '../../../train/run-settings.js'
import type { NormalisationName } from '../../../vision/normalise.js'
import type { TransformName } from '../../../vision/transforms.js'
import { type ModelFlags, modelOptions, tellFound } from '../../model.js'
import type { OtterFlags } from './flags.js'

/** The data set that is named, or that of a run. */
export async function datasetOf(run: string | undefined, named: string | undefined): Promise<string> {
  if (named !== undefined) return named
  if (run === undefined) throw missing('a data set', '--dataset', 'Name the data set with the questions.')
  return (await readRunSettings(/step-\d+\/?$/.test(run) ? join(run, '..') : run)).dataset
}

/** Opens whoever answers; its calls are written down in a journal. */
export async function openAnswerer(
  run: string | undefined,
  dataset: Dataset,
  flags: ModelFlags & OtterFlags,
  journal: string,
): Promise<Answerer> {
  const model = modelOptions(flags, journal)
  if (run !== undefined && model !== undefined) {
    throw missing('one of them', 'a run and --model', 'Leave one out.', 'both')
  }
  if (model !== undefined) {
    const session = await openModelSession(model)
    tellFound(session.journal.found, session.journal.path)
    return { ...chatAnswerer(dataset, session.asking), close: () => session.close() }
  }
  if (run === undefined) {
    throw missing('somebody to ask', 'the evaluation', 'Name a run, an end point with --model, or --predictions.')
  }
  return (await openRun(run, dataset, flags, flags.journal ?? journal)).answerer
}

/** A run that is open: its model, the form of its prompts, and both as somebody who answers. */
export interface OpenedRun {
  readonly model: Otter
  readonly rules: AssemblyRules
  readonly transform: TransformName | undefined
  readonly normalisation: NormalisationName | undefined
  /** Names weights and prompts. */
  readonly name: string
  /** Closing it frees the model. */
  readonly answerer: Answerer
}

/** Opens a run; its answers are written down in a journal, if there is one. */
export async function openRun(
  path: string,
  dataset: Dataset,
  flags: OtterFlags,
  journal: string | undefined,
): Promise<OpenedRun> {
  const loaded = await loadRun(path, flags.backend)
  try {
    return await ofRun(loaded, dataset, flags, journal)
  } catch (error) {
    loaded.model.dispose()
    throw error
  }
}

/** The prompts of a run: as in its training, unless flags say otherwise. */
function promptSettings({ settings }: LoadedRun, { template, promptTokens }: OtterFlags) {
  return {
    ...settings.loader,
    ...(template !== undefined && { template }),
    ...(promptTokens !== undefined && { maxTokens: promptTokens }),
  }
}

async function ofRun(
  run: LoadedRun,
  dataset: Dataset,
  flags: OtterFlags,
  path: string | undefined,
): Promise<OpenedRun> {
  const { model } = run
  const form = promptSettings(run, flags)
  const rules = await assemblyRules(form)
  const weights = await weightsOf(run)
  const journal = path === undefined ? undefined : await openJournal(path)
  if (journal !== undefined) {
    tellFound(journal.found, journal.path)
  }
  const answerer = otterAnswerer({
    ...{ dataset, model, weights, rules, form, journal },
    decoding: { numBeams: flags.numBeams },
    bytes: (form.tokenizer ?? 'bytes') === 'bytes',
  })
  const close = async () => {
    await journal?.close()
    model.dispose()
  }
  const { transform, normalisation } = form
  const name = fingerprint({ weights, form })
  return { model, rules, transform, normalisation, name, answerer: { ...answerer, close } }
}

/** Names the weights of a checkpoint without reading all of them. */
async function weightsOf({ checkpoint, step, settings }: LoadedRun): Promise<string> {
  const path = join(checkpoint, 'model.safetensors')
  const { size, mtimeMs } = await stat(path).catch((error) => {
    throw asIoError(error, path)
  })
  return fingerprint({ path: resolve(path), step, size, mtimeMs, settings })
}

const missing = (expected: string, where: string, hint: string, received = 'none') =>
  new MimicitError('MIMICIT_BAD_VALUE', { expected, where, received, hint })
