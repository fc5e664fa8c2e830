// The kernel for plain JPEGs, its pixels in memory of their own.
import type { PlainJpeg } from '../../src/vision/jpeg/header.js'
import { createJpegKernel } from '../../src/vision/jpeg/kernel.js'
import type { BlockSide } from '../../src/vision/jpeg/scaling.js'
import type { TransformPlan } from '../../src/vision/transforms.js'

const shared = createJpegKernel()

/** uint8 [size,size,3], undefined if the picture is not sound to its last bit. @param side samples that blocks are decoded to */
export function decodePlain(
  bytes: Uint8Array,
  header: PlainJpeg,
  plan: TransformPlan,
  size: number,
  side: BlockSide = 8,
  kernel = shared,
): Uint8Array | undefined {
  const into = new Uint8Array(3 * size * size)
  return kernel.decode(bytes, header, plan, { into, size, layout: 'NHWC', side }) ? into : undefined
}
