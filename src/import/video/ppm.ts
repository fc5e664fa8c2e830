// Portable pixmaps one after the other, as ffmpeg writes frames into a pipe: "P6", width, height, 255, then the pixels.
import type { RawFrame } from '../../vision/encode-frame.js'

const HEADER = /^P6\s+(\d+)\s+(\d+)\s+255\s/
/** Bytes that a header has at most. */
const MOST = 64

/** Frames of a stream; one that is cut short at the end is left out. */
export async function* ppmFrames(pieces: AsyncIterable<Buffer>): AsyncGenerator<RawFrame> {
  let held: Buffer[] = []
  let bytes = 0
  let wanted = 1
  for await (const piece of pieces) {
    held.push(piece)
    bytes += piece.byteLength
    while (bytes >= wanted) {
      const all = held.length === 1 ? held[0]! : Buffer.concat(held)
      held = [all]
      const header = HEADER.exec(all.subarray(0, MOST).toString('latin1'))
      if (header === null) {
        wanted = bytes + 1
        break
      }
      const [text, width, height] = [header[0], Number(header[1]), Number(header[2])]
      const end = text.length + width * height * 3
      wanted = end
      if (bytes < end) break
      yield { width, height, rgb: all.subarray(text.length, end) }
      held = [all.subarray(end)]
      bytes -= end
      wanted = 1
    }
  }
}
