// Benchmarks as a form: a question becomes a pair that a model can be asked, with its options in the instruction and the
// letter of the right one (or the right answer) as the response. Options, label, dimension and group stay in the metadata,
// where evaluations find them.
import { isMimicitError } from '../../base/errors.js'
import { openEach, sourceNames } from '../folder-source.js'
import type { ImportSource, SourcePair, SourcePicture } from '../source.js'
import { openSourceFiles } from '../source-files.js'
import type { SourceForm } from '../source-form.js'
import { type BenchmarkQuestion, type PlacedQuestion, readBenchmark } from './questions.js'

/** The subset of questions. */
export const BENCHMARK_SUBSET = 'benchmark'

/** `benchmark` */
export const benchmarkForm: SourceForm = {
  title: 'benchmark: questions with options, answers and pictures, a TSV as of MMBench',
  takes: [],
  isForm: async (path) => /\.tsv$/i.test(path),
  async open({ paths, name }) {
    const names = sourceNames(paths, name)
    return openEach(paths, (path, n) => openBenchmark(path, names[n]!))
  },
}

async function openBenchmark(path: string, name: string): Promise<ImportSource> {
  const { files, close } = await openSourceFiles({ questions: [path] })
  const [{ bytes } = { bytes: 0 }] = files
  return {
    ...{ name, files, picturesFrom: path, pairsFrom: path, pictureBytes: bytes, pairBytes: bytes, close },
    async *pictures() {
      for await (const question of readBenchmark(path)) if (question.picture !== undefined) yield pictureOf(question)
    },
    async *pairs() {
      for await (const question of readBenchmark(path)) yield pairOf(question)
    },
  }
}

function pictureOf({ id, picture, where, done }: PlacedQuestion): SourcePicture {
  try {
    return { id, where, done, ...picture!() }
  } catch (error) {
    if (!isMimicitError(error, 'MIMICIT_BAD_BASE64')) throw error
    return { id, where, done, bytes: new Uint8Array(0), fault: error }
  }
}

function pairOf(question: PlacedQuestion): SourcePair {
  const { id, label, options, dimension, group, picture, pictureOf, where, done } = question
  return {
    ...{ id, where, done, instruction: questionText(question), response: label, subset: BENCHMARK_SUBSET },
    mediaIds: picture !== undefined ? [id] : pictureOf !== undefined ? [pictureOf] : [],
    related: [],
    metadata: { options, label, dimension, group },
  }
}

/** A question as it is asked: what helps to answer it in front, its options below. */
export function questionText({ question, hint, options }: Pick<BenchmarkQuestion, 'question' | 'hint' | 'options'>) {
  const choices = Object.entries(options).map(([letter, text]) => `${letter}. ${text}`)
  return [...(hint === undefined ? [] : [hint]), question, ...choices].join('\n')
}
