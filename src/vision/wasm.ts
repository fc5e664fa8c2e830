// The WebAssembly of this room (wasm/vision in the sources, vision/kernels.wasm in the package): compiled once a thread.
import { readFileSync } from 'node:fs'

/** The part of WebAssembly that is used here; Node's declarations leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

/** What the module exports; pointers are byte offsets into its memory. */
export interface VisionKernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  /** The first free byte. */
  heapBase(): number
  tableBytes(): number
  huffmanTable(table: number, counts: number, values: number, isDc: boolean): void
  /** Whether the picture was sound, 1 or 0. */
  decodeJpeg(job: number): number
  floatPlanes(rgb: number, pixels: number, factors: number, target: number, plane: number): void
  floatPixels(rgb: number, pixels: number, factors: number, target: number): void
  bytePlanes(rgb: number, pixels: number, target: number, plane: number): void
}

// Sources that run directly (tests, benches) use what the build made of them.
const path = import.meta.url.endsWith('.ts') ? '../../dist/vision/kernels.wasm' : './kernels.wasm'

let compiled: object | undefined

/** Instantiates the module, with a memory of its own. */
export function visionKernels(): VisionKernels {
  compiled ??= new WebAssembly.Module(readFileSync(new URL(path, import.meta.url)))
  return new WebAssembly.Instance(compiled).exports as VisionKernels
}

/** Makes a memory at least so many bytes large. */
export function growTo(memory: VisionKernels['memory'], bytes: number): void {
  const missing = bytes - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / 65_536))
}
