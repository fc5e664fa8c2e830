// The JSON Schema of manifest.json, for readers in other languages; schema/manifest.schema.json is this text.
import { z } from 'zod'
import { manifestSchema } from './manifest.js'

/** The text of schema/manifest.schema.json, made from the schema that reads manifests. */
export function manifestJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(manifestSchema.extend({ checksum: z.string().regex(/^[0-9a-f]{64}$/) }))
  const schema = {
    $schema,
    title: 'manifest.json of a mimicit data set, format version 1',
    description: 'Made by scripts/schema.js; do not edit by hand. schema/FORMAT.md says what the fields mean.',
    ...rest,
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}
