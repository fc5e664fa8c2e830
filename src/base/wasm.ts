// WebAssembly of ours: a room's module is made from wasm/<room> and lies beside the compiled sources of that room.
import { readFileSync } from 'node:fs'

/** The part of WebAssembly that is used here; Node's declarations leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

/** What every module exports; pointers are byte offsets into its memory. */
export interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  /** The first free byte. */
  heapBase(): number
}

/**
 * A room's module: compiled once a thread, with a memory of its own for each that asks.
 * @param room `vision`, say
 * @param from `import.meta.url` of a module right below the room
 */
export function kernelsOf<T extends Kernels>(room: string, from: string): () => T {
  let compiled: object | undefined
  return () => {
    // Sources that run directly (tests, benches) use what the build made of them.
    const path = from.endsWith('.ts') ? `../../dist/${room}/kernels.wasm` : './kernels.wasm'
    compiled ??= new WebAssembly.Module(readFileSync(new URL(path, from)))
    return new WebAssembly.Instance(compiled).exports as T
  }
}

/** Makes a memory at least so many bytes large. */
export function growTo(memory: Kernels['memory'], bytes: number): void {
  const missing = bytes - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / 65_536))
}
