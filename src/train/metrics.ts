// What a training run says about itself, one JSON object a line, so that it can be followed while it grows.
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Numbers of one step. */
export interface StepMetrics {
  /** Updates done, this one included: from 1. */
  readonly step: number
  /** Epoch of the batch, from 0. */
  readonly epoch: number
  /** Mean cross-entropy of the batch before the update. */
  readonly loss: number
  readonly lr: number
  /** L2 norm of all gradients before clipping. */
  readonly gradNorm: number
  /** Labels that got loss. */
  readonly tokens: number
  /** Pictures and frames that the model saw. */
  readonly images: number
  /** How long the step waited for its batch. */
  readonly dataWaitMs: number
  /** Forward, backward and update. */
  readonly stepMs: number
}

/** The loss on held-out samples after an update. */
export interface EvaluationMetrics {
  /** Updates done. */
  readonly step: number
  /** Mean loss over the held-out samples. */
  readonly evalLoss: number
  /** How long the evaluation took. */
  readonly evalMs: number
}

/** The metrics in a JSONL file; lines that are no metrics (a torn last one) are left out. */
export async function readMetrics(path: string): Promise<StepMetrics[]> {
  return (await readLines(path)).filter(isStep)
}

/** The evaluations in a JSONL file of metrics. */
export async function readEvaluations(path: string): Promise<EvaluationMetrics[]> {
  return (await readLines(path)).filter(isEvaluation)
}

/** Metrics and evaluations of lines of text, those that are neither left out. */
export function parseMetrics(text: string): {
  readonly points: readonly StepMetrics[]
  readonly evaluations: readonly EvaluationMetrics[]
} {
  const lines = parseLines(text)
  return { points: lines.filter(isStep), evaluations: lines.filter(isEvaluation) }
}

type Line = StepMetrics | EvaluationMetrics

const isStep = (line: Line): line is StepMetrics => 'loss' in line && typeof line.loss === 'number'
const isEvaluation = (line: Line): line is EvaluationMetrics => 'evalLoss' in line && typeof line.evalLoss === 'number'

async function readLines(path: string): Promise<Line[]> {
  try {
    return parseLines(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function parseLines(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    try {
      const value = JSON.parse(line) as Partial<StepMetrics> | null
      return typeof value?.step === 'number' ? [value as Line] : []
    } catch {
      return []
    }
  })
}

/**
 * Opens a JSONL file of metrics for appending.
 *
 * @param after Keep lines up to this step and drop later ones: a resumed run writes those again.
 * @returns A function that appends one step or evaluation.
 */
export async function metricsWriter(path: string, after = 0): Promise<(metrics: Line) => Promise<void>> {
  await mkdir(dirname(path), { recursive: true })
  const kept = (await readLines(path)).filter((metrics) => metrics.step <= after)
  await writeFile(path, kept.map((metrics) => `${JSON.stringify(metrics)}\n`).join(''))
  return (metrics) => appendFile(path, `${JSON.stringify(metrics)}\n`)
}
