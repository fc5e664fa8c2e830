// Writes schema/manifest.schema.json from the zod schema of the manifest: `node --import tsx scripts/schema.js`. A test
// fails while the two differ.
import { writeFileSync } from 'node:fs'
import { manifestJsonSchema } from '../src/shards/manifest-json-schema.ts'

writeFileSync(new URL('../schema/manifest.schema.json', import.meta.url), manifestJsonSchema())
