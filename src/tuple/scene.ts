// What a pair belongs to besides its visuals: the conversation whose round it is, and the album, scene, room or show that
// it was taken from. Sources say so in metadata or in ids; both are read here and nowhere else.
import { parseId } from './ids.js'
import type { Pair } from './tuple.js'

/** The round of a conversation that a pair is. */
export interface Round {
  /** The same for every round of one conversation. */
  readonly conversation: string
  /** From 0. */
  readonly round: number
}

/** `..._round2` of indoor scenes, `..._2` of LLaVA's conversations; longer numbers are ids of something else. */
const ROUND = /^(.+?)_(?:round(\d+)|(\d{1,3}))$/

/** The round that an id names, or undefined. */
export function roundOf(id: string): Round | undefined {
  const match = ROUND.exec(id)
  if (match === null) return undefined
  return { conversation: match[1]!, round: Number(match[2] ?? match[3]) }
}

/** Fields of a pair's metadata that name the place or story it belongs to. */
const SCENE_FIELDS = ['album', 'scene', 'room', 'show'] as const

/** Names of scenes inside ids, by task: rooms of indoor scenes, shows of TV clips. */
const SCENE_IDS: Readonly<Record<string, RegExp>> = {
  SN: /^(scene\d+(?:_\d{2})?)(?:_|$)/,
  TVC: /^(.+?)_s\d+e\d+/i,
}

/**
 * The scene of a pair: what its metadata say (`album`, `scene`, `room`, `show`), else what its id or the id of its first
 * picture says, else undefined. The same name in two subsets is not the same scene.
 */
export function sceneOf({ id, subset, mediaIds, metadata }: Pick<Pair, 'id' | 'subset' | 'mediaIds' | 'metadata'>) {
  const [named] = namesIn(metadata, SCENE_FIELDS)
  if (named !== undefined) return `${named.field}:${subset}:${named.name}`
  const rule = Object.hasOwn(SCENE_IDS, subset) ? SCENE_IDS[subset] : undefined
  if (rule === undefined) return undefined
  for (const each of [id, mediaIds[0] ?? '']) {
    const found = rule.exec(parseId(each)?.rest ?? '')?.[1]
    if (found !== undefined) return `id:${subset}:${found}`
  }
  return undefined
}

/** Names that metadata give under some of their fields, in the order of the fields. What is no JSON names nothing, nor does an empty text. */
export function namesIn(
  metadata: string | null,
  fields: readonly string[],
): { readonly field: string; readonly name: string }[] {
  if (metadata === null || !fields.some((field) => metadata.includes(`"${field}"`))) return []
  let values: Readonly<Record<string, unknown>> | null
  try {
    values = JSON.parse(metadata) as typeof values
  } catch {
    return []
  }
  return fields.flatMap((field) => {
    const value = values?.[field]
    return (typeof value === 'string' && value !== '') || typeof value === 'number'
      ? [{ field, name: String(value) }]
      : []
  })
}
