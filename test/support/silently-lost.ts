// Two data sets compared by content: whatever is in the first, is not in the second, and was not told by an export.
import { createHash } from 'node:crypto'
import type { Loss } from '../../src/import/export/losses.js'
import { openDataset } from '../../src/shards/dataset.js'

/** What a pair is, field by field; contexts by table. */
type Content = ReadonlyMap<string, string>

/** The content of a data set. */
export interface Whole {
  readonly pairs: ReadonlyMap<string, Content>
  /** SHA-256 of a picture by its id. */
  readonly pictures: ReadonlyMap<string, string>
  /** Ids of pictures, first ids and others, that pairs name. */
  readonly named: ReadonlySet<string>
}

/** Reads all of it. */
export async function contentOf(location: string): Promise<Whole> {
  const dataset = await openDataset(location)
  try {
    const pictures = new Map<string, string>()
    const hashes: string[] = []
    for await (const [row, bytes] of dataset.pictures()) {
      hashes.push(createHash('sha256').update(bytes).digest('hex'))
      for (const id of (await dataset.media(row)).ids) pictures.set(id, hashes[row]!)
    }
    const ids: string[] = []
    const pairs = new Map<string, Map<string, string>>()
    const named = new Set<string>()
    for await (const [, pair] of dataset.pairs()) {
      const { id, media, metadata, mediaPositions, ...fields } = pair
      ids.push(id)
      for (const name of pair.mediaIds) named.add(name)
      const content = new Map(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)]))
      content.set('media', JSON.stringify(media.map((row) => hashes[row])))
      content.set('metadata', metadata === null ? 'null' : sorted(JSON.parse(metadata)))
      // In front of the text is where pictures without a place are.
      const isInFront = mediaPositions?.every((position) => position === 0) ?? true
      content.set('mediaPositions', JSON.stringify(isInFront ? null : mediaPositions))
      pairs.set(id, content)
    }
    for (const name of Object.keys(dataset.manifest.contexts)) {
      const table = await dataset.context(name)
      for (const [n, query] of [...table.queries].entries()) {
        const contexts = [...((await table.get(query))?.contexts ?? [])].map((row) => ids[row])
        // In the training list it matters that a pair is in it, and where.
        if (name === 'train') pairs.get(ids[query]!)!.set(name, JSON.stringify([n, contexts]))
        else if (contexts.length > 0) pairs.get(ids[query]!)!.set(name, JSON.stringify(contexts))
      }
    }
    return { pairs, pictures, named }
  } finally {
    await dataset.close()
  }
}

/** JSON with the fields of the outermost object in the order of their names. */
const sorted = (value: object) => JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))

/** What an export says when a field of a pair does not come back. */
const TOLD: Readonly<Record<string, RegExp>> = {
  subset: /^the subset/,
  split: /split/,
  language: /^the language/,
  instruction: /^white space|^that <image>/,
  response: /^that <image>/,
  mediaKind: /^that the pictures are/,
  mediaIds: /^ids of pictures/,
  mediaPositions: /^positions|^white space|^that <image>/,
  mediaTimes: /^times/,
  metadata: /^metadata/,
  rel_ins_ids: /table rel_ins_ids/,
  near: /table near/,
  rounds: /table rounds|^rounds/,
  train: /table train/,
}

/** Whatever did not come back and was not told. */
export function silentlyLost(before: Whole, after: Whole, losses: readonly Loss[]): string[] {
  const found: string[] = []
  const differing = new Map<string, number>()
  const count = (field: string) => differing.set(field, (differing.get(field) ?? 0) + 1)
  if ([...before.pairs.keys()].sort().join('\n') !== [...after.pairs.keys()].sort().join('\n')) found.push('pairs')
  for (const [id, content] of before.pairs) {
    const again = after.pairs.get(id) ?? new Map()
    for (const field of new Set([...content.keys(), ...again.keys()])) {
      if (content.get(field) !== again.get(field)) count(field)
    }
  }
  const told = (pattern: RegExp | undefined) =>
    losses.reduce((sum, loss) => sum + (pattern?.test(loss.what) ? loss.count : 0), 0)
  for (const [field, times] of differing) {
    if (told(TOLD[field]) < times) found.push(`${field} of ${times} pairs, told of ${told(TOLD[field])}`)
  }
  const isInOrder = [...before.pairs.keys()].join('\n') === [...after.pairs.keys()].join('\n')
  if (!isInOrder && told(/^the order of the rows/) === 0) found.push('the order of the pairs')
  const missing = [...before.pictures.keys()].filter((id) => !after.pictures.has(id))
  const unnamed = new Set(missing.filter((id) => !before.named.has(id)).map((id) => before.pictures.get(id)))
  if (unnamed.size > told(/no pair names|further ids/)) found.push(`pictures ${missing.join(', ')}`)
  const changed = [...before.pictures].filter(([id, hash]) => (after.pictures.get(id) ?? hash) !== hash)
  if (changed.length > 0) found.push(`other pictures under ${changed.map(([id]) => id).join(', ')}`)
  return found
}
