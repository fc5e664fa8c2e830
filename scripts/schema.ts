// Writes schema/manifest.schema.json from the schema that the code itself parses manifests with. Run it with
// `node --import tsx scripts/schema.ts` after a change of src/shards/manifest.ts; a test fails while the two differ.
import { writeFileSync } from 'node:fs'
import { manifestJsonSchema } from '../src/shards/manifest-json-schema.js'

const path = new URL('../schema/manifest.schema.json', import.meta.url)
writeFileSync(path, `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`)
