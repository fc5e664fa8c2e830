// The conversations of LLaVA: data.json, an array of {id, image, conversations}, and pictures as files. Each pair is an
// entry. Pairs that a context table `rounds` makes the rounds of one conversation are joined again, if they follow each
// other and have the same pictures; other pairs stay entries of their own.
import type { Pair } from '../../tuple/tuple.js'
import type { ExportForm, ExportJob } from './export-form.js'
import { picturePath, writePictureFiles } from './picture-files.js'

/** The context table whose contexts of a pair are the rounds before it, first to last. */
const ROUNDS_TABLE = 'rounds'
/** The mark of a picture in the text. */
const MARK = '<image>'

/** `llava` */
export const llavaExport: ExportForm = {
  title: 'LLaVA: conversations as one JSON array, pictures as files',
  holds: ['positions', 'row order', 'context order'],
  contexts: [ROUNDS_TABLE],
  takes: [],
  async write(job) {
    // Relative to the folder, as `image` is in the files of LLaVA; --image_folder is the directory of the export.
    const file = await job.output.json('data.json', '[', ']')
    const rounds = await job.contexts(ROUNDS_TABLE)
    let joined: Pair[] = []
    const flush = async () => {
      if (joined.length > 0) await file.add(JSON.stringify(await entryOf(job, joined)))
    }
    for await (const [row, pair] of job.pairs()) {
      const before = (await rounds?.of(row)) ?? []
      if (isNextRound(joined, pair, before)) {
        joined.push(pair)
        continue
      }
      if (before.length > 0) job.losses.add('rounds that do not follow each other: they became entries', pair.id)
      await flush()
      joined = [pair]
    }
    await flush()
    await file.finish()
    await writePictureFiles(job)
  },
}

function isNextRound(joined: readonly Pair[], { media }: Pair, before: readonly string[]): boolean {
  if (joined.length === 0 || before.length !== joined.length) return false
  if (!joined.every(({ id }, i) => id === before[i])) return false
  const first = joined[0]!.media
  return first.length === media.length && first.every((row, i) => row === media[i])
}

async function entryOf(job: ExportJob, pairs: readonly Pair[]) {
  const [first] = pairs as [Pair]
  const files: string[] = []
  for (const row of first.media) files.push(await picturePath(job, row))
  const conversations = pairs.flatMap((pair, round) => {
    if (pair.instruction.includes(MARK) || pair.response.includes(MARK)) {
      job.losses.add(`that ${MARK} in the text is no picture`, pair.id)
    }
    if (round > 0 && pair.mediaPositions?.some((position) => position > 0)) {
      job.losses.add('positions of pictures in a later round', pair.id)
    }
    return [
      { from: 'human', value: round === 0 ? marked(pair) : pair.instruction },
      { from: 'gpt', value: pair.response },
    ]
  })
  const image = files.length === 0 ? {} : { image: files.length === 1 ? files[0] : files }
  return { id: entryId(pairs), ...image, conversations }
}

/** The id of a conversation whose rounds are named `<id>_0`, `<id>_1`, ...; else that of its first round. */
function entryId(pairs: readonly Pair[]): string {
  const first = pairs[0]!.id
  const stem = first.replace(/_0$/, '')
  if (pairs.length === 1 || stem === first) return first
  return pairs.every(({ id }, round) => id === `${stem}_${round}`) ? stem : first
}

/** The instruction with a mark where each picture stands; pictures without a place stand in front, a line each. */
function marked({ instruction, media, mediaPositions }: Pair): string {
  if (mediaPositions === null) return `${`${MARK}\n`.repeat(media.length)}${instruction}`
  let text = ''
  let from = 0
  for (const position of mediaPositions) {
    text += instruction.slice(from, position) + MARK
    from = position
  }
  return text + instruction.slice(from)
}
