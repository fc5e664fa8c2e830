// How `simulateEpoch` goes through the plan of a stream: tables and indexes are read, no picture is, and no text where token
// counts are stored or do not matter.
import { MimicitError } from '../base/errors.js'
import { isRecord } from '../base/options.js'
import type { OnProgress } from '../base/progress.js'
import { FAR_JOIN, LOCAL_JOIN } from '../io/coalesce.js'
import { isLocal } from '../io/location.js'
import { readMediaLocations } from '../shards/media-locations.js'
import { aborted } from './aborted.js'
import { type Contents, openContents } from './contents.js'
import { type ForeseenStep, foreseen } from './foresee.js'
import { openSources } from './open-sources.js'
import { type LoaderOptions, parseLoaderOptions } from './options.js'
import type { PictureColumns } from './plan/plan-index.js'
import type { PlannedSample } from './plan/planned.js'
import { createSimulation, type SimulatedPadding, type Simulation, type SimulationReport } from './plan/simulate.js'
import { prepare, type StreamFacts } from './prepare.js'
import { type LoaderSource, parseSources } from './sources.js'
import { createTurnSource } from './turn-source.js'
import { storedLengths } from './window-planner.js'

/** What to simulate, beside the options of the stream. */
export interface SimulationOptions extends Omit<LoaderOptions, 'resume' | 'resumePlan' | 'onEvent'> {
  /** Which epoch, from 0. @default 0 */
  readonly epoch?: number
  /** Sizes of the memory of decoded pictures to compare `reuseBytes` with. @default 16, 256 and 1024 million */
  readonly compareBytes?: readonly number[]
  readonly onProgress?: OnProgress | undefined
}

/** What an epoch will cost. */
export interface EpochSimulation extends SimulationReport {
  readonly epoch: number
  readonly plan: string
  /** Pairs of all sources, and those of them whose token counts are stored. */
  readonly lengths: NonNullable<StreamFacts['lengths']>
  /** Whether `maxTokens` was looked at, and which contexts do not fit. Without token counts it cannot be: all count as fitting and no
   * sample as too long, so that contexts and pictures are as many at most. */
  readonly budget: 'counted' | 'not counted'
  /** Padding of rows of one sample each, `batchSize` to a batch in order; undefined where token counts are not known. */
  readonly plainPadding: SimulatedPadding | undefined
  /** Bytes of decoded pictures that are kept. */
  readonly reuseBytes: number
}

/** Samples whose columns are read together. */
const WINDOW = 1024

/** `simulateEpoch`, once its modules are loaded. */
export async function simulatedEpoch(
  source: string | readonly LoaderSource[],
  options: SimulationOptions,
): Promise<EpochSimulation> {
  const {
    epoch = 0,
    compareBytes = [16e6, 256e6, 1024e6],
    onProgress,
    signal,
    ...given
  } = isRecord('simulateEpoch', options) as SimulationOptions
  if (!Number.isInteger(epoch) || epoch < 0) throw badEpoch(epoch)
  const start = { v: 1, plan: '', epoch, step: 0, seen: 0 } as const
  const settings = parseLoaderOptions({ ...given, epochs: epoch + 1, resume: start, force: true })
  const goOn = () => {
    if (signal?.aborted) throw aborted()
  }
  const asked = parseSources(source)
  const datasets = await openSources(asked, settings, signal)
  try {
    const prepared = await prepare(datasets.opened, settings)
    const { sources, facts, refills } = prepared
    const pictures: PictureColumns[] = []
    for (const { dataset } of sources) {
      const { rows } = dataset.manifest.tables.media
      pictures.push({
        rows: Int32Array.from({ length: rows }, (_, row) => row),
        ...(await readMediaLocations(dataset)),
      })
    }
    const { imageSize, reuseBytes, turnBytes } = settings
    const local = asked.every((one) => isLocal(one.source))
    const simulation = createSimulation({
      ...{ pictures, join: local ? LOCAL_JOIN : FAR_JOIN, pictureBytes: 3 * imageSize ** 2, reuseBytes, compareBytes },
    })
    const turns = sources.map(({ dataset, rules }) =>
      createTurnSource(dataset, rules, turnBytes / sources.length, { add: () => undefined, time: (_, work) => work() }),
    )
    const plain = { tokens: 0, paddingTokens: 0 }
    const means = {
      ...{ turns, goOn },
      planned({ tokens, paddingTokens }: SimulatedPadding) {
        plain.tokens += tokens
        plain.paddingTokens += paddingTokens
      },
    }
    // A stream of batches of a fixed size never looks at lengths, so nothing is tokenised for it here.
    const contents = refills ? openContents(sources, { turns: [], goOn }) : undefined
    const most = Math.max(reuseBytes, ...compareBytes)
    const steps = foreseen(prepared, { reuseBytes: most }, means)
    try {
      let done = 0
      await goThrough(steps, contents, simulation, (samples) => {
        goOn()
        done += samples
        onProgress?.({ stage: 'planning', done, total: facts.samples, unit: 'samples' })
      })
    } finally {
      await Promise.all([contents?.close(), ...turns.map((one) => one.close())])
    }
    const report = simulation.report()
    return {
      ...report,
      ...{ epoch, plan: facts.plan, reuseBytes, lengths: facts.lengths ?? storedLengths(sources) },
      budget: report.padding === undefined ? 'not counted' : 'counted',
      plainPadding: refills ? report.padding : plain,
    }
  } finally {
    await datasets.close()
  }
}

/** Tells a simulation the steps of an epoch, with what their samples are made of. */
async function goThrough(
  steps: AsyncIterable<ForeseenStep>,
  contents: Contents | undefined,
  simulation: Simulation,
  done: (samples: number) => void,
): Promise<void> {
  let waiting: ForeseenStep[] = []
  let samples = 0
  const tell = async () => {
    const unknown = waiting.filter(({ made }) => made === undefined).map(({ step }) => step)
    const read = await contents?.of(
      unknown[0]?.epoch ?? 0,
      unknown.flatMap(({ rows }) => rows.flat()),
    )
    let at = 0
    for (const { step, made, foresight } of waiting) {
      const withContent = (sample: PlannedSample, row: number, place: number): PlannedSample => ({
        ...sample,
        content: sample.content ?? (made === undefined ? read![at++]! : made[row]![place]!),
      })
      simulation.step(
        step.rows.map((row, r) => row.map((sample, place) => withContent(sample, r, place))),
        foresight,
      )
    }
    done(samples)
    waiting = []
    samples = 0
  }
  for await (const foreseenStep of steps) {
    waiting.push(foreseenStep)
    samples += foreseenStep.step.rows.reduce((sum, row) => sum + row.length, 0)
    if (samples >= WINDOW) await tell()
  }
  await tell()
}

const badEpoch = (epoch: number) =>
  new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'an epoch from 0 on',
    where: 'option epoch of simulateEpoch',
    received: String(epoch),
  })
