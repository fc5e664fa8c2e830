// The conversations of LLaVA: data.json, an array of {id, image, conversations}, and pictures as files. Each pair is an
// entry. Pairs that a context table `rounds` makes the rounds of one conversation are joined again, if they follow each
// other; other pairs stay entries of their own. What LLaVA's readers pass over holds the rest: `media_ids`, `round_ids`, and
// the fields of metadata, which an import takes back.
import type { Pair } from '../../tuple/tuple.js'
import { withoutMarks } from '../llava/entry.js'
import { LLAVA_SUBSET } from '../llava/form.js'
import type { ExportForm, ExportJob } from './export-form.js'
import { picturePath, writePictureFiles } from './picture-files.js'

/** The context table whose contexts of a pair are the rounds before it, first to last. */
const ROUNDS_TABLE = 'rounds'
/** The mark of a picture in the text, and what becomes of such a text that is none. */
const MARK = '<image>'
const NO_MARK = '< image>'
/** Fields that metadata cannot have. */
const FIELDS: ReadonlySet<string> = new Set(['id', 'image', 'video', 'conversations', 'media_ids', 'round_ids'])

/** `llava` */
export const llavaExport: ExportForm = {
  title: 'LLaVA: conversations as one JSON array, pictures as files',
  holds: ['positions', 'metadata', 'picture ids', 'row order', 'context order'],
  contexts: [ROUNDS_TABLE],
  namelessSubset: LLAVA_SUBSET,
  takes: [],
  async write(job) {
    // Relative to the folder, as `image` is in the files of LLaVA; --image_folder is the directory of the export.
    const file = await job.output.json('data.json', '[', ']')
    const rounds = await job.contexts(ROUNDS_TABLE)
    let joined: Pair[] = []
    const flush = async () => {
      if (joined.length > 0) await file.add(await entryOf(job, joined))
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

/** Whether a pair continues a conversation: a round can show other pictures than the one before it, but not none of them. */
function isNextRound(joined: readonly Pair[], pair: Pair, before: readonly string[]): boolean {
  const last = joined.at(-1)
  if (last === undefined || before.length !== joined.length) return false
  if (!joined.every(({ id }, i) => id === before[i])) return false
  return pair.metadata === last.metadata && (pair.media.length > 0 || last.media.length === 0)
}

/** Whether a round says which pictures it is about, rather than being about those of the round before. */
function showsPictures(pair: Pair, last: Pair | undefined): boolean {
  if (pair.media.length === 0) return false
  const isSame = last?.media.length === pair.media.length && last.mediaIds.every((id, i) => id === pair.mediaIds[i])
  return !isSame || pair.mediaPositions?.some((position) => position > 0) === true
}

async function entryOf(job: ExportJob, pairs: readonly Pair[]): Promise<string> {
  const files: string[] = []
  const ids: string[] = []
  const conversations: { from: string; value: string }[] = []
  const isAboutPictures = pairs.some(({ media }) => media.length > 0)
  for (const [round, pair] of pairs.entries()) {
    const { instruction, response } = pair
    const plain = (text: string) => (isAboutPictures ? text.replaceAll(MARK, NO_MARK) : text)
    if (isAboutPictures && (instruction.includes(MARK) || response.includes(MARK))) {
      job.losses.add(`that ${MARK} in the text is no picture: it became ${NO_MARK}`, pair.id)
    }
    const shows = showsPictures(pair, pairs[round - 1])
    for (const [i, row] of (shows ? pair.media : []).entries()) {
      files.push(await picturePath(job, row))
      ids.push(pair.mediaIds[i]!)
    }
    const value = shows ? marked(pair) : plain(instruction)
    const isText = withoutMarks(value).text === plain(instruction)
    if (shows && !isText) job.losses.add('white space around pictures and at the ends of the text', pair.id)
    if (shows && pair.mediaPositions?.some((position) => isInside(instruction, position))) {
      job.losses.add('positions of pictures inside of a character: they went in front of it', pair.id)
    }
    conversations.push({ from: 'human', value }, { from: 'gpt', value: plain(response) })
  }
  const { system, json } = metadataOf(job, pairs)
  if (system !== undefined) conversations.unshift({ from: 'system', value: system })
  const entry = {
    id: entryId(pairs),
    ...(pairs.length > 1 && { round_ids: pairs.map(({ id }) => id) }),
    ...(files.length > 0 && { image: files.length === 1 ? files[0] : files, media_ids: ids }),
    conversations,
  }
  return `${JSON.stringify(entry).slice(0, -1)}${json}}`
}

/** Metadata as further fields, and the system prompt, which is a turn. */
function metadataOf(job: ExportJob, pairs: readonly Pair[]): { readonly system: string | undefined; json: string } {
  const { metadata } = pairs[0]!
  if (metadata === null) return { system: undefined, json: '' }
  const { system, ...others } = JSON.parse(metadata) as Record<string, unknown>
  if (Object.keys(others).some((name) => FIELDS.has(name))) {
    for (const { id } of pairs) job.losses.add('metadata with names of fields of LLaVA', id)
    return { system: undefined, json: '' }
  }
  // Metadata are JSON text already; parsing them could change numbers.
  const text = typeof system === 'string' ? JSON.stringify(others) : metadata.trim()
  const inner = text.slice(1, -1).trim()
  return { system: typeof system === 'string' ? system : undefined, json: inner === '' ? '' : `,${inner}` }
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
  const plain = (from: number, to?: number) => instruction.slice(from, to).replaceAll(MARK, NO_MARK)
  if (mediaPositions === null) return `${`${MARK}\n`.repeat(media.length)}${plain(0)}`
  const places = mediaPositions.map((position) => (isInside(instruction, position) ? position - 1 : position))
  let text = plain(0, places[0])
  for (const [i, position] of places.entries()) {
    const piece = plain(position, places[i + 1])
    // A mark takes the line break behind it along.
    text += `${MARK}${/^\r?\n/.test(piece) ? '\n' : ''}${piece}`
  }
  return text
}

/** Whether a place is between the two units of one character. */
const isInside = (text: string, at: number) => (text.codePointAt(at - 1) ?? 0) > 0xffff
