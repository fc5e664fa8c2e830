// Two pictures of COCO that are alike, to be told apart: captions and instances files, and a file of pairs, which is a list of
// [number, number], or the instructions file of CGD, whose pairs of pictures are taken.
import { z } from 'zod'
import { MimicitError } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { jsonEntries, jsonItems, parseEntry } from '../json-stream.js'
import { startOf } from '../read-start.js'
import { annotation, type VisualAnnotation } from './annotation.js'
import { type AnnotationSet, inTurn, parseRecord } from './annotation-set.js'
import { cocoAnnotations } from './coco.js'
import { Groups } from './groups.js'

const name = z.union([z.int().nonnegative().transform(String), z.string().regex(/(?:^|_)\d+$/)])
const pair = z.tuple([name, name])
const instruction = z.object({ image_ids: pair })

/** `coco-pairs` */
export const cocoPairAnnotations: AnnotationSet = {
  title: 'pairs of COCO pictures: captions_*.json, instances_*.json, and a list of pairs or CGD_instructions.json',
  async *read(paths, scratch) {
    const pairFiles: string[] = []
    const cocoFiles: string[] = []
    for (const path of paths) ((await isPairs(path, scratch)) ? pairFiles : cocoFiles).push(path)
    if (pairFiles.length === 0 || cocoFiles.length === 0) throw missing(paths, pairFiles.length === 0)
    const groups = new Groups<Pick<VisualAnnotation, 'captions' | 'objects'>>(scratch)
    const pictures = new Map<string, number>()
    try {
      for await (const { id, captions, objects } of cocoAnnotations.read(cocoFiles, scratch)) {
        const group = groups.start()
        groups.add(group, { captions, objects })
        pictures.set(id, group)
      }
      const seen = new Set<string>()
      for await (const file of inTurn(pairFiles, scratch)) {
        for await (const { ids, where } of pairsOf(file)) {
          const id = ids.join('-')
          if (seen.has(id)) continue
          seen.add(id)
          const both = ids.map((picture) => {
            const group = pictures.get(picture)
            if (group === undefined) throw unknown(picture, where)
            return groups.values(group)[0]!
          })
          yield annotation({
            id,
            mediaKind: 'images',
            mediaIds: ids,
            captions: both.flatMap(({ captions }) => captions),
            objects: both.flatMap(({ objects }) => objects),
          })
        }
      }
    } finally {
      groups.close()
    }
  },
}

async function isPairs(path: string, scratch: string | undefined): Promise<boolean> {
  for await (const file of inTurn([path], scratch)) {
    const start = await startOf(file)
    return /^\s*\[/.test(start) || /"data"\s*:\s*\{/.test(start)
  }
  return false
}

async function* pairsOf(file: ReadableFile) {
  const isList = /^\s*\[/.test(await startOf(file))
  const entries = isList ? jsonItems(file) : jsonEntries(file, ['data'])
  for await (const entry of entries) {
    const where = `${file.path}, pair ${entry.key}`
    const value = parseEntry(file, entry)
    const names = isList ? parseRecord(pair, value, where) : parseRecord(instruction, value, where).image_ids
    yield { ids: names.map((each) => each.replace(/^.*_/, '').padStart(12, '0')), where }
  }
}

function missing(paths: readonly string[], pairs: boolean): MimicitError {
  return new MimicitError('MIMICIT_BAD_RECORD', {
    expected: pairs ? 'a file of pairs beside the captions and boxes' : 'captions or boxes beside the file of pairs',
    where: paths.join(', '),
    received: pairs ? 'none' : 'pairs only',
    hint: 'A list such as [[139, 285], [632, 724]] will do, or the instructions file of CGD.',
  })
}

function unknown(picture: string, where: string): MimicitError {
  return new MimicitError('MIMICIT_DANGLING_MEDIA', {
    expected: 'a picture of which the captions or boxes say something',
    where,
    received: picture,
    hint: 'Name the captions and instances files that hold it.',
  })
}
