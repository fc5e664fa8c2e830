// The original trio of MIMIC-IT as a source: instructions, images and train files of any size, read as streams.
import type { ReadableFile } from '../../io/store.js'
import { recordOr } from '../broken-record.js'
import { parseExact } from '../exact-json.js'
import { type JsonEntry, jsonEntries, jsonEntryRuns, parseEntry } from '../json-stream.js'
import { expandParquetFolders } from '../parquet/files.js'
import type { PicturePlace } from '../placed/batch.js'
import { tellRepeatedFields } from '../repeated-fields.js'
import type {
  ImportSource,
  OneOrMany,
  PlacedPairs,
  SourcePair,
  SourcePicture,
  TellLeftOut,
  ToldOfPairs,
} from '../source.js'
import { openSourceFiles } from '../source-files.js'
import { imageReader } from './image-readers.js'
import { imageAt } from './images.js'
import { PlainPairs, toldOfPair } from './plain-pairs.js'
import { PlainRun, plainRecords } from './plain-records.js'
import { ids, parseInstructionRecord } from './record.js'

/** The files of a MIMIC-IT set. */
export interface MimicItFiles {
  /** Instructions files (`XX_instructions.json`). */
  readonly instructions: readonly string[]
  /** Images files: `XX.json` (id -> base64), `XX.parquet`, or a folder with `part.N.parquet`. */
  readonly images?: readonly string[]
  /** Train files (`XX_train.json`). */
  readonly train?: readonly string[]
}

/** Opens such a set. @param told of all its pairs @throws MimicitError MIMICIT_NOT_FOUND */
export async function openMimicIt(name: string, files: MimicItFiles, told: ToldOfPairs = {}): Promise<ImportSource> {
  const opened = await openSourceFiles({
    instructions: files.instructions,
    images: await expandParquetFolders(files.images ?? []),
    train: files.train ?? [],
  })
  const { instructions, images, train } = opened.groups
  async function* pictures(): AsyncGenerator<OneOrMany<SourcePicture>> {
    for (const [file, before] of inTurn(images)) {
      const { places, read } = imageReader(file)
      const path = file.localPath
      if (places !== undefined && path !== undefined) {
        for await (const run of places(file)) {
          yield run.map(({ key, offset, length }) => new PlacedPicture(key, { path, offset, length }, file, before))
        }
        continue
      }
      for await (const { offset, ...picture } of read(file)) {
        yield { ...picture, where: whereOf(file, picture.id), done: before + offset }
      }
    }
  }
  async function* pairs(tell?: TellLeftOut): AsyncGenerator<readonly SourcePair[] | PlacedPairs> {
    for (const [file, before] of inTurn(instructions)) {
      // Texts of a file far away are fetched once, with the rest of it.
      const scan = file.localPath === undefined ? undefined : plainRecords(file.localPath)
      for await (const run of jsonEntryRuns(file, ['data'], undefined, scan)) {
        if (run instanceof PlainRun) yield new PlainPairs(run, told, before, (id) => wherePair(file, id))
        else yield run.map((entry) => pairOf(file, entry, told, before + entry.offset, tell))
      }
    }
  }
  return {
    name,
    files: opened.files,
    picturesFrom: pathsOf(images),
    pairsFrom: pathsOf(instructions),
    pictureBytes: bytesOf(images),
    pairBytes: bytesOf(instructions),
    pictures,
    async picture(id, { path, offset, length }) {
      const [file, before] = [...inTurn(images)].find(([each]) => each.localPath === path)!
      const picture = await imageAt(file, id, offset, length)
      return { ...picture, where: whereOf(file, id), done: before + offset }
    },
    pairs,
    training:
      train.length === 0
        ? undefined
        : async function* () {
            for (const file of train) {
              for await (const entry of jsonEntries(file)) {
                const where = `${file.path}, key ${JSON.stringify(entry.key)}`
                yield { id: entry.key, contexts: ids(parseEntry(file, entry), () => where), where }
              }
            }
          },
    close: opened.close,
  }
}

/** A picture that lies in an images file. Its place in words is made when there is something to say of it. */
class PlacedPicture implements SourcePicture {
  readonly id: string
  readonly bytes: PicturePlace
  readonly #file: ReadableFile
  readonly #before: number

  constructor(id: string, place: PicturePlace, file: ReadableFile, before: number) {
    this.id = id
    this.bytes = place
    this.#file = file
    this.#before = before
  }

  get where(): string {
    return whereOf(this.#file, this.id)
  }

  get done(): number {
    return this.#before + this.bytes.offset
  }
}

const wherePair = (file: ReadableFile, id: string) => `${file.path}, pair ${JSON.stringify(id)}`

function pairOf(file: ReadableFile, entry: JsonEntry, told: ToldOfPairs, done: number, tell?: TellLeftOut): SourcePair {
  const where = wherePair(file, entry.key)
  const value = parseEntry(file, entry)
  // A record that has a field twice is never a plain one.
  tellRepeatedFields(entry.value, value, where, tell)
  return recordOr(
    () => readPair(file, entry, value, told, done, where),
    () => ({ id: entry.key, where, done }),
  )
}

function readPair(
  file: ReadableFile,
  entry: JsonEntry,
  value: unknown,
  told: ToldOfPairs,
  done: number,
  where: string,
): SourcePair {
  const plain = parseInstructionRecord(value, () => where)
  // The format itself has no numbers, so most records need no second look for long ones.
  const record = plain.extra === null ? plain : parseInstructionRecord(parseEntry(file, entry, parseExact), () => where)
  return {
    id: entry.key,
    where,
    done,
    instruction: record.instruction,
    response: record.answer,
    ...toldOfPair(entry.key, record.imageIds, told),
    related: record.relatedIds,
    metadata: record.extra,
  }
}

const whereOf = (file: ReadableFile, id: string) => `${file.path}, picture ${JSON.stringify(id)}`

const bytesOf = (files: readonly ReadableFile[]) => files.reduce((sum, file) => sum + file.byteLength, 0)

const pathsOf = (files: readonly ReadableFile[]) => files.map(({ path }) => path).join(', ')

/** Each file with the bytes of those before it. */
function* inTurn(files: readonly ReadableFile[]) {
  let before = 0
  for (const file of files) {
    yield [file, before] as const
    before += file.byteLength
  }
}
