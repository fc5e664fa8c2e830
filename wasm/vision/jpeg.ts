// A baseline JPEG to scaled pixels in one pass over its rows: a row of blocks is decoded, turned into colours and scaled
// across while it is in the nearest cache; when all rows are there they are scaled down.
import { BLOCK, beginPicture, beginSegment, buildTable, giveUp, isAtEnd, isSound, readBlock, TABLE_BYTES, unstuff } from './bits'
import { flatBlock, inverseTransform } from './idct'
import { flatSquare, halfTransform, quarterTransform } from './idct-reduced'
import { interleave, scaleAcross, scaleDown } from './resize'
import { toColours, upsample } from './rows'

// What a picture needs, as int32 in this order; src/vision/jpeg/kernel.ts writes it. All pointers are to memory that it laid out.
@unmanaged
class Job {
  source: usize
  sourceEnd: usize
  /** Room for the source without stuffing. */
  clean: usize
  segments: usize
  segmentCount: i32
  /** Of the decoded picture, which is smaller than what is stored where blocks are. */
  width: i32
  height: i32
  mcusAcross: i32
  mcusDown: i32
  components: i32
  /** MCUs between restart markers. */
  interval: i32
  /** Luma samples for each chroma sample, 1 or 2. */
  across: i32
  down: i32
  /** Samples a side of a decoded block of luma and of chroma: 8, or less where the decoder scales. */
  side: i32
  chromaSide: i32
  /** Decoded luma samples for each decoded chroma sample, 1 or 2. */
  upAcross: i32
  upDown: i32
  /** Rows of MCUs in a ring. */
  ringRows: i32
  /** Eight Huffman tables: DC 0 to 3, AC 0 to 3. */
  tables: usize
  /** int16 [4,8,8] in natural order. */
  quants: usize
  quant0: i32
  quant1: i32
  quant2: i32
  dc0: i32
  dc1: i32
  dc2: i32
  ac0: i32
  ac1: i32
  ac2: i32
  /** Samples of the last rows of MCUs, a ring for each component. */
  ring0: usize
  ring1: usize
  ring2: usize
  lumaStride: usize
  chromaStride: usize
  /** Two rows of blue and red differences, then sums. */
  chromaRows: usize
  /** Two rows of three colours. */
  colours: usize
  /** Bytes of one row of one colour. */
  plane: usize
  /** Rows of the picture that count. */
  rowFrom: i32
  rowTo: i32
  /** Rows scaled across, three colours each. */
  scaled: usize
  scaledPlane: usize
  acrossCount: i32
  acrossStarts: usize
  acrossWeights: usize
  acrossPieces: i32
  acrossShift: i32
  downCount: i32
  downStarts: usize
  downWeights: usize
  downTaps: i32
  downShift: i32
  /** One row of the result by colours, then as pixels. */
  line: usize
  result: usize
  /** Bytes from one row of it to the next. */
  resultStride: usize
  resultWidth: i32
  /** Bytes from one colour to the next where they lie apart; 0 = they lie together. */
  resultPlane: usize
}

/** Bytes of one Huffman table. */
export function tableBytes(): usize {
  return TABLE_BYTES
}

/** Builds a Huffman table in place. */
export function huffmanTable(table: usize, counts: usize, values: usize, isDc: bool): void {
  buildTable(table, counts, values, isDc)
}

/**
 * Decodes and scales one picture.
 * @returns whether it was sound to the last bit
 */
export function decodeJpeg(job: Job): bool {
  const found = unstuff(job.source, job.sourceEnd, job.clean, job.segments, job.segmentCount)
  if (found != job.segmentCount) return false
  beginPicture()
  const isGrey = job.components == 1
  const across = job.across
  const down = job.down
  const side = job.side
  const chromaSide = job.chromaSide
  const mcusAcross = job.mcusAcross
  const mcusDown = job.mcusDown
  let dc0: i32 = 0
  let dc1: i32 = 0
  let dc2: i32 = 0
  const lumaDc = job.tables + <usize>job.dc0 * TABLE_BYTES
  const blueDc = job.tables + <usize>job.dc1 * TABLE_BYTES
  const redDc = job.tables + <usize>job.dc2 * TABLE_BYTES
  const lumaAc = job.tables + <usize>(4 + job.ac0) * TABLE_BYTES
  const blueAc = job.tables + <usize>(4 + job.ac1) * TABLE_BYTES
  const redAc = job.tables + <usize>(4 + job.ac2) * TABLE_BYTES
  const lumaQuants = job.quants + (<usize>job.quant0 << 7)
  const blueQuants = job.quants + (<usize>job.quant1 << 7)
  const redQuants = job.quants + (<usize>job.quant2 << 7)
  const lumaStride = job.lumaStride
  const chromaStride = job.chromaStride
  const interval = job.interval
  let segment: i32 = 0
  let left: i32 = 0
  let row = job.rowFrom

  for (let mcuRow: i32 = 0; mcuRow < mcusDown; mcuRow++) {
    const turn = mcuRow % job.ringRows
    const lumaRow = job.ring0 + <usize>(turn * side * down) * lumaStride
    const blueRow = job.ring1 + <usize>(turn * chromaSide) * chromaStride
    const redRow = job.ring2 + <usize>(turn * chromaSide) * chromaStride
    for (let mcu: i32 = 0; mcu < mcusAcross; mcu++) {
      if (left == 0) {
        if (segment > 0 && !isAtEnd()) return false
        const entry = job.segments + (<usize>segment << 3)
        beginSegment(<usize>load<u32>(entry), <usize>load<u32>(entry, 4))
        segment++
        left = interval
        dc0 = 0
        dc1 = 0
        dc2 = 0
      }
      left--
      for (let y: i32 = 0; y < down; y++) {
        for (let x: i32 = 0; x < across; x++) {
          const target = lumaRow + <usize>(y * side) * lumaStride + <usize>((mcu * across + x) * side)
          dc0 = block(lumaDc, lumaAc, dc0, lumaQuants, target, lumaStride, side)
        }
      }
      if (!isGrey) {
        const target = <usize>(mcu * chromaSide)
        dc1 = block(blueDc, blueAc, dc1, blueQuants, blueRow + target, chromaStride, chromaSide)
        dc2 = block(redDc, redAc, dc2, redQuants, redRow + target, chromaStride, chromaSide)
      }
      if (!isSound()) return false
    }
    // The last row of a row of MCUs needs the chroma below it where chroma is halved.
    const isLast = mcuRow == mcusDown - 1
    const ready = isLast ? job.rowTo : min((mcuRow + 1) * side * down - (job.upDown == 2 ? 1 : 0), job.rowTo)
    for (; row + 2 <= ready || (isLast && row < ready); row += 2) {
      colourRow(job, row, job.colours)
      colourRow(job, min(row + 1, job.rowTo - 1), job.colours + job.plane * 3)
      scaleRows(job, row, isGrey ? 1 : 3)
    }
  }
  if (!isAtEnd()) return false
  scaleColumns(job, isGrey)
  return true
}

@inline
function block(dc: usize, ac: usize, predicted: i32, quants: usize, target: usize, stride: usize, side: i32): i32 {
  const read = readBlock(dc, ac, predicted)
  if (side == 8) {
    if (read & 1) {
      if (!inverseTransform(BLOCK, quants, target, stride)) giveUp()
    } else flatBlock(<i32>(<i16>((read >> 1) * load<i16>(quants))), target, stride)
  } else reducedBlock(read, quants, target, stride, side)
  return read >> 1
}

/** A block whose decoder scales. */
function reducedBlock(read: i32, quants: usize, target: usize, stride: usize, side: i32): void {
  const dc = <i32>(<i16>((read >> 1) * load<i16>(quants)))
  if ((read & 1) == 0) flatSquare(dc, target, stride, side)
  else if (side == 4) halfTransform(BLOCK, quants, target, stride)
  else if (side == 2) quarterTransform(BLOCK, quants, target, stride)
  else {
    memory.fill(BLOCK, 0, 128)
    flatSquare(dc, target, stride, 1)
  }
}

/** One row of the picture as rows of colours; of a grey one as one row. */
function colourRow(job: Job, row: i32, target: usize): void {
  const luma = job.ring0 + <usize>(row % (job.ringRows * job.side * job.down)) * job.lumaStride
  if (job.components == 1) {
    memory.copy(target, luma, <usize>job.width)
    return
  }
  const last = (job.height + job.upDown - 1) / job.upDown - 1
  const near = row / job.upDown
  const far = max(0, min(last, job.upDown == 1 ? near : row & 1 ? near + 1 : near - 1))
  const rows = job.ringRows * job.chromaSide
  const atNear = <usize>(near % rows) * job.chromaStride
  const atFar = <usize>(far % rows) * job.chromaStride
  let blue = job.ring1 + atNear
  let red = job.ring2 + atNear
  const halvedAcross = job.upAcross == 2
  const halvedDown = job.upDown == 2
  if (halvedAcross || halvedDown) {
    const width = (job.width + job.upAcross - 1) / job.upAcross
    const toBlue = job.chromaRows
    const toRed = toBlue + job.plane
    const sums = toRed + job.plane
    upsample(blue, job.ring1 + atFar, width, toBlue, sums, halvedAcross, halvedDown, (row & 1) == 1)
    upsample(red, job.ring2 + atFar, width, toRed, sums, halvedAcross, halvedDown, (row & 1) == 1)
    blue = toBlue
    red = toRed
  }
  toColours(luma, blue, red, job.width, target, job.plane)
}

function scaleRows(job: Job, row: i32, colours: i32): void {
  const to = job.scaled + <usize>(row - job.rowFrom) * job.scaledPlane * <usize>colours
  for (let colour: i32 = 0; colour < colours; colour++) {
    const from = job.colours + job.plane * <usize>colour
    const target = to + job.scaledPlane * <usize>colour
    scaleAcross(
      from,
      from + job.plane * 3,
      target,
      target + job.scaledPlane * <usize>colours,
      job.acrossCount,
      job.acrossStarts,
      job.acrossWeights,
      job.acrossPieces,
      job.acrossShift,
    )
  }
}

function scaleColumns(job: Job, isGrey: bool): void {
  const stride = isGrey ? job.scaledPlane : job.scaledPlane * 3
  const pixels = job.line + job.scaledPlane * 3
  const green = isGrey ? job.line : job.line + job.scaledPlane
  const blue = isGrey ? job.line : job.line + job.scaledPlane * 2
  for (let y: i32 = 0; y < job.downCount; y++) {
    const rows = job.scaled + <usize>load<u32>(job.downStarts + (<usize>y << 2)) * stride
    const weights = job.downWeights + <usize>(y * job.downTaps * 2)
    scaleDown(rows, stride, job.line, <i32>stride, weights, job.downTaps, job.downShift)
    const target = job.result + <usize>y * job.resultStride
    if (job.resultPlane > 0) {
      memory.copy(target, job.line, <usize>job.resultWidth)
      memory.copy(target + job.resultPlane, green, <usize>job.resultWidth)
      memory.copy(target + job.resultPlane * 2, blue, <usize>job.resultWidth)
      continue
    }
    interleave(job.line, green, blue, pixels, job.resultWidth)
    memory.copy(target, pixels, <usize>job.resultWidth * 3)
  }
}
