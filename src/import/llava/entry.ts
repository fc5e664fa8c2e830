// One entry of a LLaVA file: a conversation about pictures becomes one pair a round.
import { MimicitError, show } from '../../base/errors.js'
import { badRecord, neededText, pictureIds, texts } from '../own-record.js'

/** A picture of an entry. */
interface Picture {
  readonly id: string
  readonly path: string
}

/** A question and its answer. */
export interface Round {
  readonly instruction: string
  readonly response: string
  readonly mediaIds: readonly string[]
  /** Where each picture is. */
  readonly paths: readonly string[]
  /** Null = in front of the text. */
  readonly mediaPositions: readonly number[] | null
}

/** An entry as the file has it. */
export interface LlavaEntry {
  readonly id: string | undefined
  /** Of each round, where the entry says them. */
  readonly roundIds: readonly string[] | undefined
  readonly rounds: readonly Round[]
  readonly metadata: Readonly<Record<string, unknown>>
}

const MARK = '<image>'
/** Every round names all before it; a conversation of people is shorter than this. */
const MAX_ROUNDS = 1000

/**
 * Reads an entry. The pictures stand where the marks of the questions are, in turn; without a mark they stand in front of
 * the first. A round without a mark is about the pictures of the round before. In an entry without pictures `<image>` is
 * text like any other, as it is for LLaVA. Beside the fields of LLaVA there may be those that an export adds: `media_ids`,
 * one for each picture, and `round_ids`, one for each round.
 * @throws MimicitError MIMICIT_BAD_RECORD, MIMICIT_UNSUPPORTED for a video
 */
export function parseLlavaEntry(value: unknown, where: string): LlavaEntry {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRecord('an entry {id, image, conversations}', where, value)
  }
  const { id, image, video, conversations, media_ids, round_ids, ...metadata } = value as Record<string, unknown>
  const about = id === undefined || id === null ? where : `${where}, id ${show(id)}`
  if (video !== undefined && video !== null) {
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: 'pictures',
      where: about,
      received: 'a video',
      hint: 'Take frames out of it first, and import them as JSONL with the folder of the frames as video.',
    })
  }
  const paths = pictureIds(image, `field image of ${about}`)
  const ids = oneForEach(media_ids, paths.length, 'picture', `field media_ids of ${about}`) ?? paths
  const pictures = paths.map((path, i) => ({ id: ids[i]!, path }))
  const { system, turns } = turnsOf(conversations, about)
  return {
    id: Number.isSafeInteger(id) ? String(id) : id == null ? undefined : neededText(id, `field id of ${where}`),
    roundIds: oneForEach(round_ids, turns.length, 'round', `field round_ids of ${about}`),
    rounds: roundsOf(turns, pictures, about),
    metadata: system === undefined ? metadata : { ...metadata, system },
  }
}

function oneForEach(value: unknown, count: number, what: string, where: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  const listed = texts(value, where)
  if (listed.length !== count) throw badRecord(`${count} ids, one for each ${what}`, where, value)
  return listed
}

interface Turns {
  readonly system: string | undefined
  readonly turns: readonly (readonly [human: string, gpt: string])[]
}

function turnsOf(conversations: unknown, where: string): Turns {
  if (!Array.isArray(conversations))
    throw badRecord('a list of turns', `field conversations of ${where}`, conversations)
  if (conversations.length > 2 * MAX_ROUNDS + 1) {
    throw badRecord(`at most ${MAX_ROUNDS} rounds`, where, `${conversations.length} turns`)
  }
  const said = (conversations as unknown[]).map((turn, n) => {
    const at = `turn ${n} of ${where}`
    if (typeof turn !== 'object' || turn === null) throw badRecord('a turn {from, value}', at, turn)
    const { from, value } = turn as Record<string, unknown>
    return { from, value: neededText(value, at) }
  })
  const system = said[0]?.from === 'system' ? said.shift()!.value : undefined
  const before = system === undefined ? 0 : 1
  said.forEach(({ from }, n) => {
    const wanted = n % 2 === 0 ? 'human' : 'gpt'
    if (from !== wanted) throw badRecord(`a turn from ${wanted}`, `turn ${n + before} of ${where}`, from)
  })
  if (said.length === 0) throw badRecord('at least one round', where, conversations)
  if (said.length % 2 === 1) throw badRecord('a turn from gpt after each from human', where, 'none after the last')
  const turns = said.flatMap(({ value }, n) => (n % 2 === 0 ? [[value, said[n + 1]!.value] as const] : []))
  return { system, turns }
}

function roundsOf(turns: Turns['turns'], pictures: readonly Picture[], where: string): Round[] {
  const marks = pictures.length === 0 ? 0 : turns.reduce((sum, [human]) => sum + human.split(MARK).length - 1, 0)
  if (marks !== 0 && marks !== pictures.length) {
    throw badRecord(`one ${MARK} for each of ${pictures.length} pictures`, where, marks)
  }
  let used = 0
  let shown: readonly Picture[] = marks === 0 ? pictures : []
  const round = (instruction: string, response: string, mediaPositions: readonly number[] | null): Round => {
    const [mediaIds, paths] = [shown.map(({ id }) => id), shown.map(({ path }) => path)]
    return { instruction, response, mediaIds, paths, mediaPositions }
  }
  return turns.map(([human, response]) => {
    if (marks === 0) return round(human, response, null)
    const { text, positions } = withoutMarks(human)
    if (positions.length === 0) return round(text, response, null)
    shown = pictures.slice(used, used + positions.length)
    used += positions.length
    const inFront = positions.every((position) => position === 0)
    return round(text, response, inFront ? null : positions)
  })
}

/** A text without its marks and the line breaks that set them apart, and where they stood. */
export function withoutMarks(marked: string): { readonly text: string; readonly positions: readonly number[] } {
  const [first, ...others] = marked.split(MARK) as [string, ...string[]]
  if (others.length === 0) return { text: marked, positions: [] }
  let text = first.trimStart()
  const positions: number[] = []
  for (const piece of others) {
    // A mark on a line of its own takes the break behind it along; one that begins the text takes the blanks too.
    positions.push(text.length)
    text += text === '' ? piece.trimStart() : piece.replace(/^\r?\n/, '')
  }
  const end = text.trimEnd()
  return { text: end, positions: positions.map((position) => Math.min(position, end.length)) }
}
