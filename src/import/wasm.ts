// The WebAssembly of this room (wasm/import in the sources, import/kernels.wasm in the package).
import { type Kernels, kernelsOf } from '../base/wasm.js'

/** What the module exports; pointers are byte offsets into its memory. */
export interface ImportKernels extends Kernels {
  /** How many plain records follow each other from a place on; see wasm/import/index.ts. */
  scanRecords(at: number, end: number, records: number, most: number, ids: number, mostIds: number): number
  stoppedAt(): number
  /** Ids that the records of the last scan list. */
  idCount(): number
  seedHashes(a: number, b: number): void
  hashIds(base: number, records: number, count: number, ids: number, listed: number, hashes: number): void
  noteRecords(
    base: number,
    records: number,
    count: number,
    ids: number,
    listed: number,
    hashes: number,
    place: number,
    source: number,
    table: number,
    notes: number,
    texts: number,
  ): number
  keyRecords(base: number, records: number, count: number, hashes: number, rows: number): number
}

/** Instantiates the module, with a memory of its own. */
export const importKernels = kernelsOf<ImportKernels>('import', import.meta.url)
