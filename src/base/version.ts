// The version of this package, from its package.json.
import { createRequire } from 'node:module'

/** `major.minor.patch` of the running mimicit. */
export const version: string = (createRequire(import.meta.url)('../../package.json') as { version: string }).version
