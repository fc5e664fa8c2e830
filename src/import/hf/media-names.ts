// What has to be known of the pictures of all rows before the first of them can be given an id: which file names stand for
// several pictures, and what the pictures of each row are called. They are read once for it; the names wait on the disk, so
// that the pairs can be read without their pictures.
import { sha256 } from '../../base/hash.js'
import type { Spill } from '../../io/spill.js'
import { HashTable, textHash } from '../survey/hash-table.js'
import { type HfImage, idOfPath } from './rows.js'

/** What a picture is called where it stands: by its id, or by the name of its file if it has any. */
type Called = readonly ['id', string] | readonly ['file', string]

/** The names of all pictures. */
export interface MediaNames {
  /** The id of a row's n-th picture. */
  idOf(rowId: string, image: HfImage, n: number): string
  /** Ids of the pictures of each row, to be asked in the order of the rows. */
  inOrder(): (rowId: string) => readonly string[]
}

/** In front of every row: the bytes of its names. */
const HEAD = 4

/**
 * Reads all rows. In memory: some twenty bytes a name. Of a content 31 bits are compared: two that have them in common
 * would come back as one id for two pictures, which the import refuses.
 * @param rows the pictures of each row of pairs
 */
export async function readMediaNames(rows: AsyncIterable<readonly HfImage[]>, spill: Spill): Promise<MediaNames> {
  const contents = new HashTable()
  const several = new HashTable()
  const head = Buffer.alloc(HEAD)
  for await (const images of rows) {
    for (const image of images) {
      if (image.kind === 'id' || image.path === undefined) continue
      const name = textHash(idOfPath(image.path))
      const known = contents.get(...name)
      const content = Buffer.from(sha256(image.bytes)).readInt32BE(0) & 0x7fffffff
      if (known < 0) contents.set(...name, content)
      else if (known !== content) several.set(...name, 0)
    }
    const names = Buffer.from(JSON.stringify(images.map(calledOf)), 'utf8')
    head.writeUInt32LE(names.byteLength)
    spill.add(head)
    spill.add(names)
  }
  const idBy = ([kind, name]: Called, rowId: string, n: number) => {
    if (kind === 'id') return name
    return name === '' || several.get(...textHash(name)) >= 0 ? `${rowId}_${n}` : name
  }
  return {
    idOf: (rowId, image, n) => idBy(calledOf(image), rowId, n),
    inOrder() {
      let at = 0
      return (rowId) => {
        const length = spill.read(at, HEAD).readUInt32LE()
        const called = JSON.parse(spill.read(at + HEAD, length).toString('utf8')) as readonly Called[]
        at += HEAD + length
        return called.map((each, n) => idBy(each, rowId, n))
      }
    },
  }
}

const calledOf = (image: HfImage): Called => {
  if (image.kind === 'id') return ['id', image.id]
  return ['file', image.path === undefined ? '' : idOfPath(image.path)]
}
