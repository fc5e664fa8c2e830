// PNG pictures of a few pixels whose bytes depend on no encoder: the pixels stand in one stored block, uncompressed.

/** A PNG of 8-bit RGB. @param colour of a pixel, three numbers from 0 to 255 */
export function storedPng(width: number, height: number, colour: (x: number, y: number) => readonly number[]): Buffer {
  const rows = Array.from({ length: height }, (_, y) => [
    0,
    ...Array.from({ length: width }, (_, x) => colour(x, y)).flat(),
  ])
  const pixels = Buffer.from(rows.flat())
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  // zlib header, then the last block, stored: its length and the complement of it.
  const block = Buffer.from([0x78, 0x01, 0x01, 0, 0, 0, 0])
  block.writeUInt16LE(pixels.length, 3)
  block.writeUInt16LE(0xffff - pixels.length, 5)
  const data = Buffer.concat([block, pixels, bigEndian(adler32(pixels))])
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  return Buffer.concat([bigEndian(data.length), body, bigEndian(crc32(body))])
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

/** As Node's own, which the oldest Node that we support does not have. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc
}

function adler32(bytes: Uint8Array): number {
  let a = 1
  let b = 0
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return ((b << 16) | a) >>> 0
}
