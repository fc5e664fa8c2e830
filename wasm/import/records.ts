// How a scan tells what it found.

/** Bytes of a record: numbers (u32), see `record` in index.ts. */
export const RECORD: usize = 13 * 4
/** Of an id of a list: where it begins and ends. */
export const ID: usize = 2 * 4
