// VIST: stories in sequence (one annotation a story, its photos in the order of the story) and descriptions in isolation
// (one a photo), with titles, tags and albums; and the reference files of evaluations, {id: [sentences]}, where the id is
// that of a photo, or of an album if they are stories.
import { z } from 'zod'
import { isMimicitError } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { jsonEntries, jsonItems, parseEntry } from '../json-stream.js'
import { startOf } from '../read-start.js'
import { annotation, type MediaNote, type VisualAnnotation } from './annotation.js'
import { type AnnotationSet, inTurn, parseRecord } from './annotation-set.js'
import { Groups } from './groups.js'

const id = z.union([z.string().min(1), z.int().transform(String)])
const text = z.string().nullish()
const image = z.object({ id, title: text, tags: text })
const album = z.object({ id, title: text, description: text })
const sentence = z.object({
  album_id: id.nullish(),
  photo_flickr_id: id,
  story_id: id.nullish(),
  worker_arranged_photo_order: z.number().nullish(),
  original_text: text,
  text,
})

/** A sentence as it is kept on the disk. */
type Said = readonly [photo: string, order: number, text: string]

/** A story, or a photo that is described. */
interface Told {
  readonly group: number
  readonly album: string | null
}

/** `vist` */
export const vistAnnotations: AnnotationSet = {
  title: 'VIST: *.story-in-sequence.json, *.description-in-isolation.json',
  async *read(paths, scratch) {
    const groups = new Groups<Said>(scratch)
    const told = new Map<string, Told>()
    const albums = new Map<string, Pick<VisualAnnotation, 'title' | 'description'>>()
    const notes = new Map<string, MediaNote>()
    try {
      for await (const file of inTurn(paths, scratch)) {
        // Neither of these is the first key of a reference file, whose keys are numbers.
        if (!/^\s*\{\s*"[a-z]/i.test(await startOf(file))) {
          yield* references(file)
          continue
        }
        for await (const item of optionalItems(file, 'images')) {
          const { id, title, tags } = parseRecord(image, parseEntry(file, item), `${file.path}, image ${item.key}`)
          notes.set(id, { mediaId: id, title: title || null, tags: tags?.split(/\s+/).filter(Boolean) ?? [] })
        }
        for await (const item of optionalItems(file, 'albums')) {
          const { id, title, description } = parseRecord(
            album,
            parseEntry(file, item),
            `${file.path}, album ${item.key}`,
          )
          albums.set(id, { title: title || null, description: description || null })
        }
        await readSentences(file, told, groups)
      }
      for (const [id, { group, album }] of told) {
        const said = groups.values(group).sort(([, a], [, b]) => a - b)
        const mediaIds = [...new Set(said.map(([photo]) => photo))]
        yield annotation({
          id,
          mediaKind: 'images',
          mediaIds,
          ...(album === null ? {} : albums.get(album)),
          captions: said.map(([mediaId, , text]) => ({ text, mediaId })),
          notes: mediaIds.flatMap((mediaId) => notes.get(mediaId) ?? []),
        })
      }
    } finally {
      groups.close()
    }
  },
}

async function readSentences(file: ReadableFile, told: Map<string, Told>, groups: Groups<Said>): Promise<void> {
  for await (const item of jsonItems(file, ['annotations'])) {
    const where = `${file.path}, annotation ${item.key}`
    // Each stands in a list of its own.
    const value = parseEntry(file, item)
    for (const one of Array.isArray(value) ? value : [value]) {
      const said = parseRecord(sentence, one, where)
      const photo = said.photo_flickr_id
      const key = said.story_id == null ? photo : `story-${said.story_id}`
      const entry = told.get(key) ?? { group: groups.start(), album: said.album_id ?? null }
      told.set(key, entry)
      const order = said.story_id == null ? 0 : (said.worker_arranged_photo_order ?? 0)
      const words = (said.original_text || said.text || '').trim()
      if (words !== '') groups.add(entry.group, [photo, order, words])
    }
  }
}

async function* references(file: ReadableFile) {
  for await (const entry of jsonEntries(file)) {
    const sentences = parseRecord(z.array(z.string()), parseEntry(file, entry), `${file.path}, entry ${entry.key}`)
    const captions = sentences.map((text) => ({ text: text.trim(), mediaId: entry.key }))
    yield annotation({ id: entry.key, mediaKind: 'images', mediaIds: [entry.key], captions })
  }
}

/** The elements of a list that may be missing. */
async function* optionalItems(file: ReadableFile, key: string) {
  try {
    yield* jsonItems(file, [key])
  } catch (error) {
    if (!isMimicitError(error, 'MIMICIT_BAD_JSON') || !error.parts.expected.startsWith('a key ')) throw error
  }
}
