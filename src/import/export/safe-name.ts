// File names made from ids, which may hold anything: slashes, `..`, any character, any length. Two ids never get the same
// name, and none leads out of its folder.
import { sha256Hex } from '../../base/hash.js'

/** Ids that are good names as they are: letters, digits, `_`, `-`, and dots inside. */
const PLAIN = /^[A-Za-z0-9_-](?:[A-Za-z0-9_.-]{0,118}[A-Za-z0-9_-])?$/
/** Names that Windows keeps for devices, whatever comes after a dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
/** Of a hash, and of what is left of the id in front of it. */
const HASH_DIGITS = 32
const MOST_LEFT = 60

/** Whether an id is a file name as it is. */
export const isSafeName = (id: string): boolean => PLAIN.test(id) && !DEVICE.test(id)

/**
 * The file name of an id, without extension: the id itself where that is a good name, else what is left of it, `~` (which no
 * id that is taken as it is contains) and 128 bits of its SHA-256.
 */
export function safeName(id: string): string {
  if (isSafeName(id)) return id
  const left = id.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, MOST_LEFT)
  return `${left}~${sha256Hex(id).slice(0, HASH_DIGITS)}`
}

const EXTENSIONS: Readonly<Record<string, string>> = { jpeg: 'jpg', tiff: 'tif', heif: 'heic' }

/** The file name of a picture. @param format as in the media table: `jpeg`, `png` */
export function pictureName(id: string, format: string): string {
  return `${safeName(id)}.${EXTENSIONS[format] ?? safeName(format)}`
}
