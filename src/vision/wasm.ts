// The WebAssembly of this room (wasm/vision in the sources, vision/kernels.wasm in the package).
import { type Kernels, kernelsOf } from '../base/wasm.js'

/** What the module exports; pointers are byte offsets into its memory. */
export interface VisionKernels extends Kernels {
  tableBytes(): number
  huffmanTable(table: number, counts: number, values: number, isDc: boolean): void
  /** Whether the picture was sound, 1 or 0. */
  decodeJpeg(job: number): number
  floatPlanes(rgb: number, pixels: number, factors: number, target: number, plane: number): void
  floatPixels(rgb: number, pixels: number, factors: number, target: number): void
  bytePlanes(rgb: number, pixels: number, target: number, plane: number): void
}

/** Instantiates the module, with a memory of its own. */
export const visionKernels = kernelsOf<VisionKernels>('vision', import.meta.url)
