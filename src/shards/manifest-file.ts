// The file that makes a directory a data set, by name.

/** The file's name. */
export const MANIFEST = 'manifest.json'
