// A tar of a WebDataset as a source. What stands together under one name up to the first dot is a sample: pictures
// (`<key>.jpg`, or `<key>.0.jpg`, `<key>.1.jpg`), and `<key>.json` with instruction and response or `<key>.txt` with a
// caption, which answers one instruction for all. Other files are told to be left out.
import type { ReadableFile } from '../../io/store.js'
import { isWellFormed } from '../../tuple/validate.js'
import { isPictureName } from '../../vision/picture-names.js'
import { recordOr } from '../broken-record.js'
import { byName, MAX_PICTURE_BYTES } from '../guarded-path.js'
import { parseBounded } from '../json-lines.js'
import { badRecord, neededText, type OwnRecord, parseOwnRecord } from '../own-record.js'
import { tellRepeatedFields } from '../repeated-fields.js'
import type { ImportSource, SourcePair, TellLeftOut } from '../source.js'
import { openSourceFiles } from '../source-files.js'
import { type TarEntry, tarEntries } from './tar.js'

/** What a tar may make us hold or go through for one sample. */
export interface SampleLimits {
  readonly maxFileBytes?: number
  /** Of all JSON and text of it, which is held in memory. */
  readonly maxTextBytes?: number
  readonly maxSampleBytes?: number
  readonly maxSampleFiles?: number
}

const LIMITS = {
  maxFileBytes: MAX_PICTURE_BYTES,
  maxTextBytes: 16 * 2 ** 20,
  maxSampleBytes: 4 * MAX_PICTURE_BYTES,
  maxSampleFiles: 10_000,
} satisfies Required<SampleLimits>

/** What a caption answers unless the caller says otherwise. */
export const CAPTION_INSTRUCTION = 'What does the image describe?'

/** Folder and name up to the first dot, and what follows; other names belong to no sample, as WebDataset has it. */
const NAME = /^((?:.*\/)?[^./]+)\.([^/]+)$/
const TEXT = /^(json|txt)$/i

/** By what follows the key, as all of these. */
const isPicture = (extension: string) => isPictureName(`.${extension}`)
const isText = (extension: string) => TEXT.test(extension)

interface Sample {
  readonly key: string
  readonly pictures: readonly string[]
  readonly json: Buffer | undefined
  readonly txt: Buffer | undefined
  readonly done: number
}

/** Opens a tar. @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO */
export async function openWebDataset(
  path: string,
  name: string,
  instruction = CAPTION_INSTRUCTION,
  limits: SampleLimits = {},
): Promise<ImportSource> {
  const opened = await openSourceFiles({ tars: [path] })
  const file = opened.groups.tars[0]!
  const bounds = { ...LIMITS, ...limits }
  return {
    name,
    files: opened.files,
    picturesFrom: file.path,
    pairsFrom: file.path,
    pictureBytes: file.byteLength,
    pairBytes: file.byteLength,
    relatedTable: 'context',
    // What every caption answers stands in no file.
    provenance: { captionInstruction: instruction },
    async *pictures() {
      for await (const { name: id, bytes, done } of sampleFiles(file, isPicture, bounds)) {
        if (bytes !== undefined) yield { id, bytes, done, where: `${file.path}, picture ${JSON.stringify(id)}` }
      }
    },
    async *pairs(tell) {
      for await (const sample of samplesOf(file, bounds, tell)) {
        const where = `${file.path}, sample ${JSON.stringify(sample.key)}`
        yield recordOr(
          () => pairOf(sample, where, instruction, tell),
          () => ({ id: sample.key, where, done: sample.done }),
        )
      }
    },
    close: opened.close,
  }
}

interface SampleFile extends TarEntry {
  readonly key: string
  /** What follows the key. */
  readonly extension: string
}

/** The files of samples; bytes of those with such an extension. */
async function* sampleFiles(
  file: ReadableFile,
  isWanted: (extension: string) => boolean,
  bounds: Required<SampleLimits>,
  tell?: TellLeftOut,
): AsyncGenerator<SampleFile> {
  let [current, bytes, texts, files] = ['', 0, 0, 0]
  const wants = (name: string) => isWanted(NAME.exec(name)?.[2] ?? '')
  const boundOf = (name: string) => (isText(NAME.exec(name)?.[2] ?? '') ? bounds.maxTextBytes : bounds.maxFileBytes)
  for await (const entry of tarEntries(file, wants, boundOf)) {
    const [, key, extension] = NAME.exec(entry.name) ?? []
    if (key === undefined || extension === undefined) {
      tell?.(unused(file, entry, 'a name that belongs to no sample'))
      continue
    }
    const where = `${file.path}, sample ${JSON.stringify(key)}`
    if (!isWellFormed(entry.name)) throw badRecord('a name in UTF-8', where, entry.name)
    if (!isPicture(extension) && !isText(extension)) tell?.(unused(file, entry, 'no part that a pair is made of'))
    if (key !== current) [current, bytes, texts, files] = [key, 0, 0, 0]
    bytes += entry.size
    texts += isText(extension) ? entry.size : 0
    files++
    if (bytes > bounds.maxSampleBytes) throw badRecord(`at most ${bounds.maxSampleBytes} bytes`, where, bytes)
    if (files > bounds.maxSampleFiles) throw badRecord(`at most ${bounds.maxSampleFiles} files`, where, files)
    if (texts > bounds.maxTextBytes) throw badRecord(`texts of at most ${bounds.maxTextBytes} bytes`, where, texts)
    yield { ...entry, key, extension }
  }
}

const unused = (file: ReadableFile, { name }: TarEntry, message: string) =>
  ({ code: 'MIMICIT_UNUSED_FILE', where: `${file.path}, file ${JSON.stringify(name)}`, id: name, message }) as const

async function* samplesOf(
  file: ReadableFile,
  bounds: Required<SampleLimits>,
  tell?: TellLeftOut,
): AsyncGenerator<Sample> {
  let files: SampleFile[] = []
  for await (const entry of sampleFiles(file, isText, bounds, tell)) {
    if (files.length > 0 && files[0]!.key !== entry.key) {
      yield* samplesIn(files)
      files = []
    }
    files.push(entry)
  }
  if (files.length > 0) yield* samplesIn(files)
}

/** What files of one key make: one sample, or several where a text is there more than once, for the policy of duplicates. */
function samplesIn(files: readonly SampleFile[]): Sample[] {
  const { key, done } = files[0]!
  const pictures = files.filter(({ extension }) => isPicture(extension))
  pictures.sort((a, b) => byName(a.extension, b.extension))
  // A picture that is there twice is told by its id.
  const names = [...new Set(pictures.map(({ name }) => name))]
  const [jsons, txts] = [differentTexts(files, 'json'), differentTexts(files, 'txt')]
  return Array.from({ length: Math.max(1, jsons.length, txts.length) }, (_, n) => {
    return { key, done, pictures: names, json: jsons[n] ?? jsons.at(-1), txt: txts[n] ?? txts.at(-1) }
  })
}

/** In the order in which each came last. */
function differentTexts(files: readonly SampleFile[], wanted: string): readonly Buffer[] {
  const texts = new Map<string, Buffer>()
  for (const { extension, bytes } of files) {
    if (bytes === undefined || extension.toLowerCase() !== wanted) continue
    const text = bytes.toString('latin1')
    texts.delete(text)
    texts.set(text, bytes)
  }
  return [...texts.values()]
}

/** Beside an instruction of its own a JSON may have the response, else the text file or its field `caption` is one. */
function pairOf(
  { key, pictures, json, txt, done }: Sample,
  where: string,
  instruction: string,
  tell?: TellLeftOut,
): SourcePair {
  const record = json === undefined ? undefined : recordOf(json, where, tell)
  const caption = txt === undefined ? undefined : textOf(txt, where)
  const { caption: captionField, ...rest } = record?.rest ?? {}
  const response = record?.response ?? caption ?? captionField
  if (record?.instruction === undefined && pictures.length === 0) {
    throw badRecord('a picture or an instruction', where, 'neither')
  }
  const others = {
    ...rest,
    ...(record?.id !== undefined && record.id !== key && { id: record.id }),
    ...(caption !== undefined && caption !== response && { txt: caption }),
    ...(captionField !== undefined && captionField !== response && { caption: captionField }),
  }
  return {
    id: key,
    where,
    done,
    instruction: record?.instruction ?? instruction,
    response: neededText(response, `the response (in .json or .txt) of ${where}`),
    mediaIds: pictures,
    related: record?.context ?? [],
    subset: record?.subset,
    split: record?.split,
    language: record?.language,
    metadata: others,
  }
}

function recordOf(json: Buffer, where: string, tell?: TellLeftOut): OwnRecord {
  const value = parseBounded(json, `${where}, its JSON`)
  tellRepeatedFields(json, value, where, tell)
  return parseOwnRecord(value, where)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function textOf(bytes: Buffer, where: string): string {
  try {
    return decoder.decode(bytes).trim()
  } catch {
    throw badRecord('a text in UTF-8', where, bytes)
  }
}
